import { useState, type ReactNode } from 'react'

/** A button that is busy until what it does is done; pressed twice it does it once. */
export function Button({ do: act, children, kind = '', disabled, label, describedBy }: { do: () => unknown; children: ReactNode; kind?: '' | 'primary' | 'danger' | 'quiet'; disabled?: boolean; label?: string; describedBy?: string }) {
  const [busy, set] = useState(false)
  return (
    <button
      type="button"
      className={`w-button ${kind}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      aria-label={label}
      aria-describedby={describedBy}
      onClick={() => {
        const r = act()
        if (!(r instanceof Promise)) return
        set(true)
        void r.finally(() => set(false))
      }}
    >
      {children}
    </button>
  )
}
