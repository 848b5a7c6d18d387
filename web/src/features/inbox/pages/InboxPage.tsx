import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, got } from '~/shared/api/client'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, More, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { NoticeLine } from '../components/NoticeLine'
import styles from '../components/NoticeLine.module.css'
import { items, keys, listQuery, todoQuery, type Notice } from '../queries'

/** What I was told: first what waits for me, then everything else, newest first. */
export function InboxPage() {
  const { t } = useWords()
  const todo = useQuery(todoQuery)
  const list = useInfiniteQuery(listQuery)
  const all = list.data?.pages.flatMap((p) => items(p.items)) ?? []
  const fresh = useReadWhenSeen(all)
  const open = items(todo.data?.items)
  const waiting = new Set(open.map((n) => n.id))
  const rest = all.filter((n) => !waiting.has(n.id))
  return (
    <Page narrow title={t('shell.inbox')} lead={t('inbox.lead')}>
      {open.length > 0 && (
        <Section title={t('inbox.todo')}>
          <ul className={styles.list}>
            {open.map((n) => (
              <li key={n.id}>
                <NoticeLine notice={n} fresh={fresh.has(n.id)} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={open.length > 0 ? t('inbox.others') : undefined}>
        <Show query={list}>
          {() =>
            rest.length === 0 ? (
              <Empty>{t(open.length > 0 ? 'inbox.noOthers' : 'inbox.none')}</Empty>
            ) : (
              <ul className={styles.list}>
                {rest.map((n) => (
                  <li key={n.id}>
                    <NoticeLine notice={n} fresh={fresh.has(n.id)} />
                  </li>
                ))}
              </ul>
            )
          }
        </Show>
        {list.hasNextPage && (
          <div className={styles.more}>
            <More list={list} />
          </div>
        )}
      </Section>
    </Page>
  )
}

/** Opening the inbox is reading it. What was new stays marked until the page is left. */
function useReadWhenSeen(all: Notice[]): Set<string> {
  const client = useQueryClient()
  const [fresh, setFresh] = useState(() => new Set<string>())
  const unread = all.filter((n) => !n.read_at).map((n) => n.id)
  const newest = unread[0]
  const also = unread.filter((id) => !fresh.has(id))
  if (also.length > 0) setFresh(new Set([...fresh, ...also]))
  useEffect(() => {
    if (!newest) return
    const seen = () => {
      if (document.visibilityState !== 'visible') return
      document.removeEventListener('visibilitychange', seen)
      // If it does not arrive they stay unread, and are marked the next time.
      got(api.POST('/me/notices/read', { body: { up_to: newest } })).then(
        () => client.invalidateQueries({ queryKey: keys.all }),
        () => {},
      )
    }
    document.addEventListener('visibilitychange', seen)
    seen()
    return () => document.removeEventListener('visibilitychange', seen)
  }, [newest, client])
  return fresh
}
