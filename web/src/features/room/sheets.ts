// What opens on a tap, in one file for the browser: later.tsx fetches it.
export { Carried } from './Carried'
export { HostTools } from './host/HostTools'
export { DeviceCheck } from './join/DeviceCheck'
export { KeysHelp } from './KeysHelp'
export { Network } from './Network'
export { Papers } from './Papers'
export { Chat } from './talk/Chat'
export { StatementForm } from './talk/StatementForm'
