package config

// Place is where an installation keeps what it holds: what tools beside the server need to know.
type Place struct {
	Data    string `help:"Directory for the database, files and keys." default:"data" type:"path" placeholder:"DIR"`
	DB      string `help:"PostgreSQL address (postgres://…); without it, SQLite in the data directory." name:"db" env:"WOZAI_DB" placeholder:"URL"`
	KeyFile string `help:"Master key file; in the data directory when not named." type:"path" placeholder:"FILE"`
	Blob    string `help:"Where files are kept: a gocloud.dev/blob address such as s3://bucket; the data directory when empty." placeholder:"URL"`
}

// Server is the same place in a server's words.
func (p Place) Server() Server {
	return Server{Data: p.Data, DB: p.DB, KeyFile: p.KeyFile, Blob: p.Blob}
}
