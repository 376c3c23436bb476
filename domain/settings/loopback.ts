/** Whether a registry is on this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(registry: string): boolean {
  const [authority = ""] = registry.split("/");
  const host = authority.replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
