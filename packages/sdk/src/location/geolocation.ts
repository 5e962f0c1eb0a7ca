import type { BrowserPosition } from "./fix.ts";
import type { LocationUploader } from "./uploader.ts";

/** The part of `navigator.geolocation` that is used. */
export interface GeolocationLike {
  watchPosition(
    found: (position: BrowserPosition) => void,
    failed?: ((error: { readonly code: number; readonly message: string }) => void) | null,
    options?: { enableHighAccuracy?: boolean; maximumAge?: number },
  ): number;
  clearWatch(watch: number): void;
}

/**
 * Feeds an uploader with where this browser is, and lets the receiver rest in pauses; gives what ends it. A browser tells
 * a page its position only while the page is in the foreground: for more it takes an app on the phone.
 */
export function uploadFromBrowser(
  uploader: LocationUploader,
  geolocation: GeolocationLike,
  failed: (error: { readonly code: number; readonly message: string }) => void = () => {},
): () => void {
  let watch: number | undefined;
  const stop = () => {
    if (watch !== undefined) geolocation.clearWatch(watch);
    watch = undefined;
  };
  const follow = () => {
    if (uploader.state.is !== "on") return stop();
    watch ??= geolocation.watchPosition((position) => void uploader.push(position), failed, {
      enableHighAccuracy: true,
      maximumAge: 0,
    });
  };
  const unsubscribe = uploader.subscribe(follow);
  follow();
  return () => {
    unsubscribe();
    stop();
  };
}
