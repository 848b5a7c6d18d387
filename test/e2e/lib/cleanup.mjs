const stacks = new WeakMap()

/**
 * Runs `undo` when the test ends, the last one first: a page is closed before
 * the server it looks at. All run; what they throw fails the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {() => unknown} undo
 */
export function cleanup(t, undo) {
  let stack = stacks.get(t)
  if (!stack) {
    stack = []
    stacks.set(t, stack)
    t.after(async () => {
      const errors = []
      while (stack.length) {
        try {
          await stack.pop()()
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length) throw errors.length === 1 ? errors[0] : new AggregateError(errors, errors.map((e) => e.message).join('\n'))
    })
  }
  stack.push(undo)
}
