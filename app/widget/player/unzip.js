// @ts-check
// A rig is a zip whose parts are stored as they are, so reading it is finding each part's bytes.

/**
 * Read a stored zip. Throws when it is cut short or a part is packed.
 * @param {ArrayBuffer} buffer the file
 * @returns {Map<string, Uint8Array>} name to bytes, views into the buffer
 */
export function unzip(buffer) {
  const view = new DataView(buffer);
  const parts = new Map();
  const text = new TextDecoder();
  let end = buffer.byteLength - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Error("This rig is not a whole zip file.");
  let entry = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    const [packing, size, nameSize] = [view.getUint16(entry + 10, true), view.getUint32(entry + 20, true), view.getUint16(entry + 28, true)];
    const head = view.getUint32(entry + 42, true);
    if (packing) throw new Error("This rig's parts are packed; they must be stored.");
    const start = head + 30 + view.getUint16(head + 26, true) + view.getUint16(head + 28, true);
    parts.set(text.decode(new Uint8Array(buffer, entry + 46, nameSize)), new Uint8Array(buffer, start, size));
    entry += 46 + nameSize + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return parts;
}
