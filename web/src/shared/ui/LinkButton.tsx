import { Button, type ButtonProps } from 'antd'
import { useHref, useLinkClickHandler } from 'react-router'

/** A link that looks like a button: it can be opened in a new window like any link. */
export function LinkButton({ to, ...rest }: Omit<ButtonProps, 'href' | 'onClick'> & { to: string }) {
  const click = useLinkClickHandler<HTMLElement>(to)
  return <Button {...rest} href={useHref(to)} onClick={click as never} />
}
