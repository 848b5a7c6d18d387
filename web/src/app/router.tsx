import { createBrowserRouter, type RouteObject } from 'react-router'
import { features } from './features'
import { Shell } from './layout/Shell'
import { Crashed } from './pages/Crashed'
import { Home } from './pages/Home'
import { MePage } from './pages/MePage'
import { Missing } from './pages/Missing'

const inside: RouteObject[] = [
  { index: true, element: <Home /> },
  { path: 'me', element: <MePage /> },
  ...features.flatMap((f) => f.routes ?? []),
  { path: '*', element: <Missing /> },
]

export const router = createBrowserRouter([
  {
    path: '/',
    element: <Shell />,
    errorElement: <Crashed />,
    // A page that breaks leaves header and sections standing.
    children: [{ errorElement: <Crashed />, children: inside }],
  },
])
