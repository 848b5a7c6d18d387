package meeting

import "wozai/internal/db"

// What the room shows. Two live topics carry it, whole at first and then by what differs (see
// live.Delta), so nothing in it may change by itself, as a clock does. All times are the server's
// clock, which a browser learns by its beats:
//
//	room:<meeting>    RoomState: floor, stage, clocks, counts, quorum, vote, chat, paper
//	roster:<meeting>  Roster: who is there, how, at which seat
//
// A state with a higher Version replaces the one before; a lower one is late and is dropped. Lists of
// things that begin with their id are told thing by thing.
// People are named by id in RoomState and spelled out in Roster.

// RoomPhase says how far the meeting is.
type RoomPhase string

// The phases.
const (
	RoomEarly RoomPhase = "early" // doors are open, the host has not opened the meeting yet
	RoomOpen  RoomPhase = "open"
	RoomOver  RoomPhase = "over" // everything is frozen; commands answer gone "meeting_ended"
)

// RoomState is what everybody in the room sees of it, the same for all.
type RoomState struct {
	Meeting db.ID     `json:"meeting"`
	Version int64     `json:"version" doc:"rises with every change of the room; send it back as a command's version"`
	Mark    int64     `json:"mark" doc:"version of the last change of holder, stage or chair; an older command version is stale"`
	Phase   RoomPhase `json:"phase" enum:"early,open,over"`

	StartsAt db.Time `json:"starts_at" doc:"planned"`
	EndsAt   db.Time `json:"ends_at" doc:"planned; nothing happens by itself then"`
	OpenedAt db.Time `json:"opened_at"`
	EndedAt  db.Time `json:"ended_at"`

	Chair     db.ID   `json:"chair"`
	Hosts     []db.ID `json:"hosts" doc:"others with the host's commands"`
	Deputies  []db.ID `json:"deputies" doc:"may take over when the chair is gone"`
	ChairGone db.Time `json:"chair_gone" doc:"since when the chair is not connected; null: is here"`
	TakeOver  db.Time `json:"take_over" doc:"from when a deputy may take over; null: not now"`
	Locked    bool    `json:"locked"`
	Lobby     bool    `json:"lobby" doc:"newcomers wait until they are let in"`
	Knocking  int     `json:"knocking" doc:"how many wait in the lobby; hosts read who by room-host"`

	Stage  string      `json:"stage" doc:"key of the open stage, empty between stages"`
	Stages []RoomStage `json:"stages"`

	Turns       []RoomTurn `json:"turns" doc:"who holds the floor; several only in open discussion"`
	Interrupted *RoomTurn  `json:"interrupted,omitempty" doc:"whom the host took the floor from"`
	Hands       []db.ID    `json:"hands" doc:"who waits, in order"`
	Next        db.ID      `json:"next" doc:"who would be called next; empty: nobody"`
	Unheard     RoomNames  `json:"unheard" doc:"present and not yet heard: in this stage where everybody speaks, else in the meeting"`

	Counts RoomCounts  `json:"counts"`
	Quorum *RoomQuorum `json:"quorum,omitempty" doc:"absent when this kind of meeting has no quorum"`
	Motion *RoomMotion `json:"motion,omitempty" doc:"the open vote, else the last one that was closed"`

	Chat   RoomChat    `json:"chat"`
	Paper  *RoomPaper  `json:"paper,omitempty" doc:"what the presenter shows now"`
	Screen *RoomScreen `json:"screen,omitempty" doc:"who shares a screen now"`
}

// RoomStage is one stage as the clock line shows it; names and hints stand in RoomPlan.
type RoomStage struct {
	Key      string  `json:"key"`
	State    string  `json:"state" enum:"pending,open,closed"`
	OpenedAt db.Time `json:"opened_at"`
	ClosedAt db.Time `json:"closed_at"`
	Order    []db.ID `json:"order,omitempty" doc:"the speakers named for it, in order; for the open stage only"`
	Done     int     `json:"done" doc:"people who have spoken, handed in a statement or passed in it"`
	Override bool    `json:"override,omitempty" doc:"closed although somebody was not yet heard"`
}

// RoomTurn is one holding of the floor. Times are absolute on the server's clock.
type RoomTurn struct {
	ID        int64   `json:"id"`
	Kind      string  `json:"kind" enum:"speech,chair,statement"`
	Person    db.ID   `json:"person" doc:"whose turn it is"`
	Seat      db.ID   `json:"seat" doc:"whose microphone is on; empty: none (telephone, a statement played)"`
	Reader    db.ID   `json:"reader,omitzero" doc:"reads it aloud or relays the telephone"`
	Statement db.ID   `json:"statement,omitzero"`
	SoundMS   int64   `json:"sound_ms,omitzero" doc:"how long the recording is that everybody plays now; it began, or begins, so long before due_at"`
	StartedAt db.Time `json:"started_at"`
	WarnAt    db.Time `json:"warn_at"`
	DueAt     db.Time `json:"due_at" doc:"the countdown reaches zero; null: no limit"`
	EndsAt    db.Time `json:"ends_at" doc:"the floor passes on by itself; null: it does not"`
	PausedAt  db.Time `json:"paused_at" doc:"the clock stands since then: connection lost, or interrupted"`
	Extended  int     `json:"extended,omitzero" doc:"seconds added by hosts"`
}

// maxUnheard bounds the names sent with every state.
const maxUnheard = 60

// RoomNames is a count with the first names of it.
type RoomNames struct {
	Count  int     `json:"count"`
	People []db.ID `json:"people" doc:"at most the first sixty"`
}

// RoomCounts are the numbers of the presence line.
type RoomCounts struct {
	Here       int `json:"here" doc:"present: connected, at a shared screen or on the telephone, observers left out"`
	Due        int `json:"due" doc:"due to attend: members who are not exempt"`
	VotersHere int `json:"voters_here"`
	VotersDue  int `json:"voters_due"`
	Observers  int `json:"observers"`
	Away       int `json:"away" doc:"connection lost within the last two minutes; still counted as present"`
	Excused    int `json:"excused"`
	Written    int `json:"written" doc:"take part by a statement only; heard, never present"`
}

// RoomQuorum is the quorum line: whether a vote may be opened, in numbers. The rule in words
// stands in RoomPlan.
type RoomQuorum struct {
	Met   bool   `json:"met"`
	Key   string `json:"key" enum:"quorum.met,quorum.short,quorum.empty" doc:"message; its parameters are the fields here"`
	Have  int    `json:"have" doc:"present of those who count"`
	Need  int    `json:"need" doc:"must be present"`
	Of    int    `json:"of" doc:"those who count"`
	Short int    `json:"short" doc:"how many are missing; 0 when met"`
	Who   any    `json:"who" doc:"key of the profile's word for those who count: voter, member"`
}

// RoomMotion is a vote. For, Against, Abstained and Carried are set once it is closed: while it
// is open only the number of votes given is told.
type RoomMotion struct {
	ID        db.ID   `json:"id"`
	Title     string  `json:"title"`
	Ballot    string  `json:"ballot" doc:"key of the meeting kind's ballot"`
	State     string  `json:"state" enum:"open,closed"`
	OpenedAt  db.Time `json:"opened_at"`
	ClosedAt  db.Time `json:"closed_at"`
	Eligible  int     `json:"eligible" doc:"who may vote and is present"`
	Voted     int     `json:"voted"`
	For       int     `json:"for,omitzero"`
	Against   int     `json:"against,omitzero"`
	Abstained int     `json:"abstained,omitzero"`
	Need      int     `json:"need,omitzero" doc:"votes for it that carry it"`
	Carried   bool    `json:"carried,omitzero"`
}

// RoomChat is the end of the chat. Older messages are read by room-chat-list; a gap between the
// last message a browser knows and the first of Tail says that it should.
type RoomChat struct {
	Off  bool          `json:"off" doc:"the host has switched it off"`
	Tail []ChatMessage `json:"tail" doc:"the newest, oldest first, at most about 2 kB"`
}

// ChatMessage is one message. A hidden one keeps its place without its text.
type ChatMessage struct {
	ID     db.ID   `json:"id"`
	Person db.ID   `json:"person"`
	At     db.Time `json:"at"`
	Text   string  `json:"text"`
	Hidden bool    `json:"hidden,omitempty"`
	Reason string  `json:"reason,omitempty" doc:"why a host hid it"`
}

// RoomPaper is the page that the presenter shows.
type RoomPaper struct {
	ID   db.ID `json:"id"`
	Page int   `json:"page" doc:"from 1"`
	By   db.ID `json:"by"`
}

// RoomScreen is a screen being shared; it ends with the floor of who shares it.
type RoomScreen struct {
	Seat   db.ID `json:"seat"`
	Person db.ID `json:"person"`
}

// Roster is who is in the room, in the order they came.
type Roster struct {
	Meeting db.ID        `json:"meeting"`
	Version int64        `json:"version" doc:"of the room, as in RoomState"`
	People  []RoomPerson `json:"people" doc:"who is here or away; whoever left or waits in the lobby is not in it"`
}

// RoomPerson is one person. What is usual is left out, so that somebody takes about 100 bytes.
type RoomPerson struct {
	ID       db.ID  `json:"id"`
	Name     string `json:"name"`
	Seat     db.ID  `json:"seat,omitzero" doc:"also the identity of their media; the same for people at one screen; absent on the telephone and in writing"`
	How      string `json:"how,omitempty" enum:"audio,shared,phone,written" doc:"absent: video"`
	Away     bool   `json:"away,omitempty" doc:"connection lost a moment ago"`
	Observer bool   `json:"observer,omitempty" doc:"invited without being waited for"`
	Votes    bool   `json:"votes,omitempty" doc:"may vote"`
	Rung     string `json:"rung,omitempty" enum:"no_faces,papers,audio,statement" doc:"which step down the ladder of weak networks they have taken; absent: none"`
	Place    string `json:"place,omitempty" doc:"key of the profile's whereabouts; only when the person shows it"`
	Helper   bool   `json:"helper,omitempty" doc:"a relative operates the device, with the person's consent"`
}

// The rungs of the ladder down.
const (
	RungFull      = ""          // video and faces
	RungNoFaces   = "no_faces"  // thumbnails off, own camera off
	RungPapers    = "papers"    // papers and audio
	RungAudio     = "audio"     // audio at 40 kbit/s or less
	RungStatement = "statement" // a statement played or read
)
