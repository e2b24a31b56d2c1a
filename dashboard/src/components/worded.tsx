/** A text in which what stands between backticks is code, as in `tandem errors`. */
export function Worded({ text }: { readonly text: string }) {
  return text.split("`").map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece));
}
