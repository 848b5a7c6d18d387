import { QueryClientProvider } from '@tanstack/react-query'
import { Component, type ReactNode } from 'react'
import { RoomPage } from '~/features/room/RoomPage'
import { makeQueryClient } from '~/shared/api/query'
import { SignedOut } from './layout/SignedOut'
import { RoomCrashed } from './pages/RoomCrashed'

// The room keeps its own answers fresh: it has a topic with the whole state.
const client = makeQueryClient()

/** The room alone, whose address is /room/ and the meeting. */
export function RoomApp() {
  return (
    <QueryClientProvider client={client}>
      <Catch>
        <RoomPage meeting={location.pathname.split('/')[2] ?? ''} />
      </Catch>
      <SignedOut />
    </QueryClientProvider>
  )
}

class Catch extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }
  static getDerivedStateFromError = () => ({ broken: true })
  override render() {
    return this.state.broken ? <RoomCrashed /> : this.props.children
  }
}
