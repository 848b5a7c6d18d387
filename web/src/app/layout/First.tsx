/** Before anything is known: the mark, breathing. The same picture as in index.html. */
export function First() {
  return (
    <div className="first" role="status">
      <Seal />
    </div>
  )
}

/** The mark: a seal with one character. */
export function Seal() {
  return (
    <span className="seal" aria-hidden="true" lang="zh-CN">
      {/* the mark itself, not a word */}
      在
    </span>
  )
}
