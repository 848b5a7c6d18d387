import { Outlet } from 'react-router'
import { SignedOut } from './SignedOut'

/** For pages that have the whole screen to themselves, e.g. a meeting's room. */
export function Bare() {
  return (
    <>
      <Outlet />
      <SignedOut />
    </>
  )
}
