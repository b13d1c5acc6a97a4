/** Where the citizen is, asked of the browser once, by a button. */

export interface Found {
  latitude: number;
  longitude: number;
  accuracy_m: number | null;
}

const LIMIT_MS = 20_000;
/** About a metre; more digits tell nothing and are harder to read. */
const DIGITS = 5;

/** Rejects where it is not allowed, or not known in time. */
export function findPlace(): Promise<Found> {
  return new Promise((found, failed) => {
    if (!("geolocation" in navigator)) {
      failed(new Error("no geolocation"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        found({
          latitude: Number(coords.latitude.toFixed(DIGITS)),
          longitude: Number(coords.longitude.toFixed(DIGITS)),
          accuracy_m: Number.isFinite(coords.accuracy) ? Math.round(coords.accuracy) : null,
        }),
      failed,
      { enableHighAccuracy: true, timeout: LIMIT_MS, maximumAge: 30_000 },
    );
  });
}

export function degrees(place: { latitude: number; longitude: number }): string {
  return `${place.latitude.toFixed(DIGITS)}, ${place.longitude.toFixed(DIGITS)}`;
}
