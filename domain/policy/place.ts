import type { ManagedImage } from "../catalogue/types.js";
import type { Dockerfile } from "../dockerfile/types.js";
import type { Place } from "../problems.js";

/** Where settings of an image are blamed: in its `image.yaml`, or else at the FROM of what is built. */
export function placeOfSettings(image: ManagedImage | undefined, { stages, file }: Dockerfile, target: number): Place {
  if (image !== undefined && image.place.file !== image.dockerfile) return image.place;
  return stages[target]?.place ?? { file };
}
