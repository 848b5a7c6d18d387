import { Modal } from 'antd'
import type { ReactNode } from 'react'

/** A dialog whose content brings its own buttons: what is entered stays until it is closed on purpose. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  return (
    <Modal open title={title} onCancel={close} footer={null} mask={{ closable: false }} centered destroyOnHidden width="34rem">
      {children}
    </Modal>
  )
}
