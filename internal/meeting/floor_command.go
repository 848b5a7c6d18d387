package meeting

import "wozai/internal/db"

// CommandKind names what is asked of the floor.
type CommandKind string

// The commands. "Host" commands need IsHost; a person's own may also come from somebody at the
// same seat, and from a host for people on the telephone or in writing.
const (
	// A person's own.
	CmdRaise    CommandKind = "raise"    // Person: raise the hand
	CmdWithdraw CommandKind = "withdraw" // Person: take it down; a host may take down anybody's
	CmdYield    CommandKind = "yield"    // Person: done speaking; Turn if known
	CmdPass     CommandKind = "pass"     // Person: will not speak in this stage
	CmdState    CommandKind = "state"    // Person, Statement: handed in a statement, for Stage ("" is the open one)

	// A host's. Those that need Version are marked V.
	CmdGrant   CommandKind = "grant"   // V: call the next in line
	CmdGive    CommandKind = "give"    // V, Person, Reader: to this one, now; whoever spoke is done
	CmdTake    CommandKind = "take"    // V: the host speaks; whoever spoke is interrupted
	CmdReturn  CommandKind = "return"  // V: back to whom it was taken from, with the time that was left
	CmdSkip    CommandKind = "skip"    // V, Person: end their turn without counting it, or move them to the end of the line
	CmdEnd     CommandKind = "end"     // V, Turn: end this turn; it counts
	CmdExtend  CommandKind = "extend"  // V, Turn, Seconds: more time
	CmdPlay    CommandKind = "play"    // V, Person, Statement, Reader, Seconds: play or read it in its author's turn
	CmdOpen    CommandKind = "open"    // V, Stage, Reason: open a stage; one that is on is closed first
	CmdClose   CommandKind = "close"   // V, Reason: close the stage; Reason overrides "not everyone was heard"
	CmdOrder   CommandKind = "order"   // Stage, People: the order of its speakers
	CmdChair   CommandKind = "chair"   // V, Person: hand over the chair (the chair alone)
	CmdHosts   CommandKind = "hosts"   // People, Deputies: who else is host, who may take over (the chair alone)
	CmdLock    CommandKind = "lock"    // nobody new comes in
	CmdUnlock  CommandKind = "unlock"  //
	CmdLobby   CommandKind = "lobby"   // On: newcomers wait
	CmdAdmit   CommandKind = "admit"   // Person from the lobby; 0: everybody there
	CmdRemove  CommandKind = "remove"  // V, Person, Reason: out, and not back in
	CmdReadmit CommandKind = "readmit" // Person: may come back after all
	CmdFinish  CommandKind = "finish"  // V, Reason: the meeting is over

	// A deputy's.
	CmdTakeOver CommandKind = "take_over" // V: when the chair is gone

	// The server's own; By is 0. A host may join and leave people on the telephone or in
	// writing; anybody may leave for themselves.
	CmdJoin   CommandKind = "join"   // Person, Seat, How, Observer
	CmdLeave  CommandKind = "leave"  // Person: went out on purpose
	CmdLost   CommandKind = "lost"   // Seat: its connection is gone
	CmdExpire CommandKind = "expire" // Turn, Version: time is up
	CmdGone   CommandKind = "gone"   // Person: a grace period is over
	CmdOff    CommandKind = "off"    // Person: is on the meeting's list no longer
	CmdEmpty  CommandKind = "empty"  // nobody is there any more, and nobody ended it
)

// FloorCommand asks for a change. By is set by the server from who is signed in, never by a browser.
type FloorCommand struct {
	Kind      CommandKind `json:"kind"`
	By        db.ID       `json:"by"`
	Version   int64       `json:"version"` // the state it is based on
	Person    db.ID       `json:"person"`  // whom it is about; 0 in a person's own command: By
	Seat      db.ID       `json:"seat"`
	How       How         `json:"how"`
	Observer  bool        `json:"observer"`
	Turn      int64       `json:"turn"`
	Stage     string      `json:"stage"`
	Statement db.ID       `json:"statement"`
	Reader    db.ID       `json:"reader"`
	SoundMS   int64       `json:"sound_ms"` // play: how long the recording is; 0 when it is read instead
	Seconds   int         `json:"seconds"`
	Reason    string      `json:"reason"`
	People    []db.ID     `json:"people"`
	Deputies  []db.ID     `json:"deputies"`
	On        bool        `json:"on"`
}

// FloorEventKind names what happened.
type FloorEventKind string

// The events.
const (
	EvJoined       FloorEventKind = "joined"
	EvWaiting      FloorEventKind = "waiting"
	EvAdmitted     FloorEventKind = "admitted"
	EvAway         FloorEventKind = "away"
	EvBack         FloorEventKind = "back"
	EvLeft         FloorEventKind = "left"
	EvRemoved      FloorEventKind = "removed"
	EvReadmitted   FloorEventKind = "readmitted"
	EvHow          FloorEventKind = "how"        // takes part in another way now
	EvSeatTaken    FloorEventKind = "seat_taken" // a newer device took over; Seat is the older one
	EvHandRaised   FloorEventKind = "hand_raised"
	EvHandDown     FloorEventKind = "hand_down"
	EvTurnStarted  FloorEventKind = "turn_started"
	EvTurnEnded    FloorEventKind = "turn_ended" // Reason says how, SpokenMS how long
	EvTurnPaused   FloorEventKind = "turn_paused"
	EvTurnResumed  FloorEventKind = "turn_resumed"
	EvTurnExtended FloorEventKind = "turn_extended"
	EvPassed       FloorEventKind = "passed"
	EvStated       FloorEventKind = "stated"
	EvSkipped      FloorEventKind = "skipped"
	EvOrdered      FloorEventKind = "ordered"
	EvStageOpened  FloorEventKind = "stage_opened"
	EvStageClosed  FloorEventKind = "stage_closed"
	EvOverridden   FloorEventKind = "overridden"
	EvChair        FloorEventKind = "chair"
	EvHosts        FloorEventKind = "hosts"
	EvLocked       FloorEventKind = "locked"
	EvUnlocked     FloorEventKind = "unlocked"
	EvLobby        FloorEventKind = "lobby"
	EvFinished     FloorEventKind = "finished"
)

// How a turn came to its end.
const (
	EndYielded     = "yielded"
	EndExpired     = "expired"
	EndByHost      = "by_host"     // ended, or given to somebody else
	EndSkipped     = "skipped"     // does not count as spoken
	EndLost        = "lost"        // the connection was gone too long; does not count as spoken
	EndLeft        = "left"        // the holder went out
	EndRemoved     = "removed"     // the holder was removed
	EndStageClosed = "stage_ended" // the stage, or the meeting, was closed
)

// FloorEvent is one thing that happened, for the record and for whoever listens.
type FloorEvent struct {
	Kind     FloorEventKind `json:"kind"`
	At       db.Time        `json:"at"`
	By       db.ID          `json:"by"`
	Person   db.ID          `json:"person"`
	Seat     db.ID          `json:"seat"`
	How      How            `json:"how"`
	Stage    string         `json:"stage"`
	Reason   string         `json:"reason"`
	Turn     *Turn          `json:"turn"`      // as it is after the event
	SpokenMS int64          `json:"spoken_ms"` // turn_ended: pauses left out
	People   []db.ID        `json:"people"`
}

// Codes of refusals that pages word; see fault for the kinds.
const (
	CodeNotHost        = "floor_not_host"         // forbidden
	CodeNotYours       = "floor_not_yours"        // forbidden
	CodeServerOnly     = "floor_server_only"      // forbidden
	CodeStale          = "floor_changed"          // stale: somebody was quicker
	CodeEnded          = "meeting_ended"          // conflict
	CodeNotHere        = "floor_not_here"         // conflict: the person is not in the room
	CodeNoStage        = "floor_no_stage"         // conflict: no stage is on
	CodeStageUnknown   = "floor_stage_unknown"    // conflict
	CodeStageOver      = "floor_stage_over"       // conflict: it was closed
	CodeAlreadyHolds   = "floor_already_holds"    // conflict
	CodeHoldsNot       = "floor_holds_not"        // conflict: holds no turn
	CodeNobodyWaits    = "floor_nobody_waits"     // conflict
	CodeOnceEach       = "floor_once_each"        // conflict: round; params waiting, people
	CodeMicrophones    = "floor_microphones_full" // conflict; params microphones
	CodeVoteStage      = "floor_vote_stage"       // conflict: only the host speaks during a vote
	CodeNotAllHeard    = "floor_not_all_heard"    // conflict; params waiting, people: give a reason to close anyway
	CodeStillSpeaking  = "floor_still_speaking"   // conflict: passing or stating while holding the floor
	CodeLocked         = "meeting_locked"         // conflict
	CodeRemoved        = "meeting_removed"        // forbidden
	CodeChairHere      = "floor_chair_here"       // conflict: the chair is not gone; params seconds left
	CodeNotDeputy      = "floor_not_deputy"       // forbidden
	CodeTooEarly       = "floor_too_early"        // conflict: a timer came before its time
	CodeNoInterrupted  = "floor_nothing_to_return"
	CodeRecording      = "floor_recording"      // a recording takes as long as it takes
	CodeSeconds        = "floor_seconds"        // conflict: out of range
	CodeReaderNotHere  = "floor_reader_no_seat" // conflict: the reader has no microphone here
	CodeSeatMissing    = "floor_seat_missing"   // invalid: who joins with media needs a connection
	CodeChairStays     = "floor_chair_stays"    // conflict: whoever has the chair hands it over first
	CodeUnknownCommand = "floor_unknown_command"
)
