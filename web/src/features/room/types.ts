// The room's shapes under short names; they come from the generated API document.
import type { components } from '~/shared/api/schema.gen'

type S = components['schemas']
export type View = S['RoomView']
export type Plan = S['RoomPlan']
export type Me = S['RoomMe']
export type State = S['RoomState']
export type Roster = S['Roster']
export type Person = S['RoomPerson']
export type Turn = S['RoomTurn']
export type Motion = S['RoomMotion']
export type MotionView = S['MotionView']
export type Statement = S['Statement']
export type ChatMessage = S['ChatMessage']
export type HostView = S['HostView']
export type Enter = S['Enter']
export type Command = Omit<S['RoomCommand'], 'id'>
export type Choice = S['CastBallot']['choice']
export type Text = S['Text']

/** The steps of the ladder down; '' is everything. */
export type Rung = '' | 'no_faces' | 'papers' | 'audio' | 'statement'

/** A phrase of the profile in the reader's language. */
export function said(text: Text | undefined, language: string): string {
  if (!text) return ''
  return language.startsWith('zh') ? text.zh : text.en
}
