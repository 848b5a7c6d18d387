// The catalogue as i18next wants it: one tree, each file under its namespace,
// so that a key is spelt namespace.key here as in Go.
export type Tree = { [key: string]: string | Tree }

/** Joins files, named …/<namespace>.json; "fault" of any namespace is read as fault.<code>. */
export function join(files: Record<string, Tree>): Tree {
  const all: Tree = {}
  const faults: Tree = {}
  for (const [path, tree] of Object.entries(files)) {
    const namespace = path.replace(/^.*\/|\.json$/g, '')
    const { fault, ...rest } = tree
    if (namespace === 'fault') Object.assign(faults, tree)
    else {
      all[namespace] = rest
      if (fault) Object.assign(faults, fault)
    }
  }
  all.fault = faults
  return all
}
