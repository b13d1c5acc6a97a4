import { ApiError, errorOf, parsed } from "./api";
import { both } from "./text";

/** Uploads a file; `progress` gets 0-1. XMLHttpRequest, since fetch tells nothing of an upload. */
export function upload<T>(path: string, file: File, progress: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("file", file);
    const sending = new XMLHttpRequest();
    sending.open("POST", path);
    sending.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    sending.onload = () => {
      const body = parsed(sending.responseText);
      if (sending.status < 300) resolve(body as T);
      else reject(errorOf(sending.status, body));
    };
    sending.onerror = () => reject(new ApiError(0, ...both("unreachable")));
    sending.send(form);
  });
}
