/** The versions of the SDKs, so that the engine asks for no other plugin. */
export const standInVersions = { aws: "7.48.0", kubernetes: "4.34.2", github: "6.15.0" } as const;
