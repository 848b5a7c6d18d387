import { QueryClientProvider } from '@tanstack/react-query'
import { Component, lazy, Suspense, type ReactNode } from 'react'
import { makeQueryClient } from '~/shared/api/query'
import { barePage } from './bare'
import { First } from './layout/First'
import { SignedOut } from './layout/SignedOut'
import { BareCrashed } from './pages/BareCrashed'

// These pages keep their own answers fresh: they have a topic with the whole state.
const client = makeQueryClient()
const load = barePage(location.pathname)
const Page = load && lazy(load)

/** Pages with the whole screen to themselves, e.g. a meeting's room: no antd, no router, no shell. */
export function App() {
  return (
    <QueryClientProvider client={client}>
      <Catch>
        <Suspense fallback={<First />}>{Page && <Page path={location.pathname} />}</Suspense>
      </Catch>
      <SignedOut />
    </QueryClientProvider>
  )
}

class Catch extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }
  static getDerivedStateFromError = () => ({ broken: true })
  override render() {
    return this.state.broken ? <BareCrashed /> : this.props.children
  }
}
