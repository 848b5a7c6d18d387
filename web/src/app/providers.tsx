import { QueryClientProvider } from '@tanstack/react-query'
import { App as AntApp, ConfigProvider } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import { useMemo, type ReactNode } from 'react'
import { makeQueryClient } from '~/shared/api/query'
import { usePrefs } from '~/shared/prefs/prefs'
import { useMedia } from '~/shared/ui/useMedia'
import { BesideNames } from '~/shared/besideName'
import { MeetingBlocks } from '~/shared/meetingBlocks'
import { UnitBlocks } from '~/shared/unitBlocks'
import { nonce } from './csp'
import { features } from './features'
import { keepFresh } from './fresh'
import { theme } from './theme'

const client = makeQueryClient()
keepFresh(client)
const unitBlocks = features.flatMap((f) => f.unit ?? [])
const beside = features.flatMap((f) => f.beside ?? [])
const meetingBlocks = features.flatMap((f) => f.meeting ?? [])

export function Providers({ children }: { children: ReactNode }) {
  const { language, size } = usePrefs()
  const calm = useMedia('(prefers-reduced-motion: reduce)')
  const look = useMemo(() => theme(size, calm), [size, calm])
  return (
    <QueryClientProvider client={client}>
      <ConfigProvider
        locale={language === 'en' ? en : zh}
        theme={look}
        csp={{ nonce }}
        button={{ autoInsertSpace: false }}
        form={{ scrollToFirstError: { focus: true } }}
      >
        <AntApp component={false} message={{ maxCount: 2, top: 72 }}>
          <UnitBlocks value={unitBlocks}>
            <BesideNames value={beside}>
              <MeetingBlocks value={meetingBlocks}>{children}</MeetingBlocks>
            </BesideNames>
          </UnitBlocks>
        </AntApp>
      </ConfigProvider>
    </QueryClientProvider>
  )
}
