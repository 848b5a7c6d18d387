// Generated from api/openapi.yaml by `make gen`; do not edit.
export interface paths {}
export type webhooks = Record<string, never>
export interface components {}
export type $defs = Record<string, never>
export type operations = Record<string, never>
