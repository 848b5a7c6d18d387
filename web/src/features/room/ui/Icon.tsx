// The room's few signs, drawn with lines; a whole icon library would weigh more than the page.
const paths = {
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5 11a7 7 0 0 0 14 0M12 18v3',
  micOff: 'M15 9.5V6a3 3 0 0 0-6-.5M9 9v3a3 3 0 0 0 4.5 2.6M5 11a7 7 0 0 0 10.8 5.9M19 11a7 7 0 0 1-.5 2.6M12 18v3M4 3l16 18',
  camera: 'M3 7.5A1.5 1.5 0 0 1 4.500 6h9A1.500 1.500 0 0 1 15 7.500v9a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 3 16.500ZM15 11l6-4v10l-6-4',
  cameraOff: 'M9 6h4.500A1.500 1.500 0 0 1 15 7.500V11l6-4v10l-4-2.700M15 15v1.500a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 3 16.500v-9A1.500 1.500 0 0 1 4.500 6M3 3l18 18',
  people: 'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM2.500 20c.5-4 3-6 6.500-6s6 2 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.500c2 .8 3.200 2.600 3.500 5.500',
  paper: 'M6 3h8l5 5v13H6ZM14 3v5h5M9 13h7M9 17h7',
  chat: 'M4 5h16v11H10l-4 4v-4H4Z',
  hand: 'M8 12V5.500a1.500 1.500 0 0 1 3 0V11M11 10.500v-6a1.500 1.500 0 0 1 3 0V11M14 6.500a1.500 1.500 0 0 1 3 0V14c0 4-2.500 7-6 7-3 0-4.500-1.500-6-4.500l-1.800-3.700a1.500 1.500 0 0 1 2.600-1.400L8 14',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  larger: 'M10.500 4a6.500 6.500 0 1 1 0 13a6.500 6.500 0 0 1 0-13ZM15.500 15.500L20 20M10.500 7.500v6M7.500 10.500h6',
  smaller: 'M10.500 4a6.500 6.500 0 1 1 0 13a6.500 6.500 0 0 1 0-13ZM15.500 15.500L20 20M7.500 10.500h6',
  host: 'M12 3l2.700 5.600 6.100.9-4.400 4.300 1 6.100-5.400-2.900-5.400 2.900 1-6.100L3.200 9.500l6.100-.9Z',
  leave: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h10',
  screen: 'M3 5h18v11H3ZM8 20h8M12 16v4',
  write: 'M4 20l1-4L16 5l3 3L8 19ZM14 7l3 3',
  net: 'M4 10a12 12 0 0 1 16 0M7 13.500a7.500 7.500 0 0 1 10 0M10 17a3 3 0 0 1 4 0',
  close: 'M5 5l14 14M19 5L5 19',
  prev: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  phone: 'M6 3h3l1.500 5-2 1.500a12 12 0 0 0 6 6l1.500-2 5 1.500v3a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2Z',
  sound: 'M4 9h4l5-4v14l-5-4H4ZM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11',
} as const
export type IconName = keyof typeof paths

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={`${size / 16}rem`} height={`${size / 16}rem`} fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 3 : 1.8} strokeLinecap="round" strokeLinejoin="round" aria-hidden focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
