// Days without a time ("2020-02-20"), as dates of this place.
export function dayOf(day: string): string {
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number)
  return new Date(y, m - 1, d).toISOString()
}

const two = (n: number) => String(n).padStart(2, '0')

export function today(now: Date): string {
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** Some periods back from a day: the first of the month, so many months before. */
export function monthsBefore(day: string, months: number): string {
  const [y = 0, m = 1] = day.split('-').map(Number)
  return today(new Date(y, m - 1 - months, 1))
}
