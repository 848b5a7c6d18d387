import { createRoot } from 'react-dom/client'
import { nonceForStyles } from './app/csp'
import { isBare } from './app/bare'
import { startWords } from './shared/words/words'
import './app/base.css'

nonceForStyles()

// Pages with the whole screen to themselves open on weak phones: they come
// without antd and without the other features.
const program = isBare(location.pathname) ? import('./app/BareApp') : import('./app/App')

void Promise.all([program, startWords()]).then(([{ App }]) => createRoot(document.getElementById('root')!).render(<App />))
