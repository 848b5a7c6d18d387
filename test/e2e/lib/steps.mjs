/**
 * Steps that stand on one another: the first that fails ends the test, and is named. How long each
 * took is printed.
 *
 * @param {import('node:test').TestContext} t
 */
export const stepsOf = (t) => async (name, act) => {
  const began = performance.now()
  try {
    await act()
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  }
  t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${name}`)
}
