/** A photo is made small before it travels: a slow line carries it, and what the camera noted in it stays here. */

export const LONGEST_PX = 2048;
const QUALITY = 0.82;
/** A photo that is small already is sent as it is. */
const SMALL_BYTES = 400 * 1024;

export class NotAPhoto extends Error {}

/** Width and height that fit, never larger than they are. */
export function fitting(width: number, height: number, longest = LONGEST_PX): { width: number; height: number } {
  const by = Math.min(1, longest / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}

/**
 * The photo as it is to be sent.
 *
 * @throws NotAPhoto this browser cannot open it.
 */
export async function shrunk(file: Blob): Promise<Blob> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new NotAPhoto();
  }
  try {
    const { width, height } = fitting(picture.width, picture.height);
    if (width === picture.width && height === picture.height && file.size <= SMALL_BYTES) return file;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    if (!pen) return file;
    pen.fillStyle = "#fff"; // what is transparent would become black
    pen.fillRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0, width, height);
    const smaller = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return smaller && (smaller.size < file.size || width !== picture.width) ? smaller : file;
  } finally {
    picture.close();
  }
}
