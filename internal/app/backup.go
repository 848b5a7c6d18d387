package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"wozai/internal/backup"
	"wozai/internal/blob"
	"wozai/internal/config"
	"wozai/internal/secret"
	"wozai/internal/words"
)

// OperatorLang is the language of the terminal: Chinese unless it asks for English.
func OperatorLang() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v, _, _ := strings.Cut(os.Getenv(name), "."); v != "" && v != "C" && v != "POSIX" {
			return words.Pick(strings.ReplaceAll(v, "_", "-"))
		}
	}
	return words.English // a bare terminal often cannot show Chinese
}

// Backup writes everything of an installation into a new file, whether its server runs or not,
// and returns what to tell the operator.
func Backup(ctx context.Context, c config.Server, file, lang string) (string, error) {
	key, err := existingKey(c, lang)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(c.Database()); c.DB == "" && err != nil {
		return "", operatorError(lang, "backup.no_database", map[string]any{"file": c.Database()})
	}
	blobs, err := blob.Open(ctx, c.Blob, c.Data)
	if err != nil {
		return "", err
	}
	defer blobs.Close() //nolint:errcheck // only read
	sum, err := backup.Write(ctx, backup.Source{Database: c.Database(), Blobs: blobs.Bucket, Key: key, Program: Version}, file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", words.T(lang, "ops.backup.failed", nil), err)
	}
	size := int64(0)
	if info, err := os.Stat(file); err == nil {
		size = info.Size()
	}
	return words.T(lang, "ops.backup.done", map[string]any{"file": file, "size": megabytes(size), "files": sum.Blobs,
		"key": keyFile(c)}), nil
}

// RestoreOptions say how.
type RestoreOptions struct {
	File       string
	CheckOnly  bool // verify, write nothing
	WithoutKey bool // restore although the master key is lost
}

// Restore verifies a backup and puts it into an empty place and returns what to tell the operator.
func Restore(ctx context.Context, c config.Server, o RestoreOptions, lang string) (string, error) {
	if o.CheckOnly {
		sum, err := backup.Verify(ctx, o.File)
		if err != nil {
			return "", wordBackup(lang, err)
		}
		return words.T(lang, "ops.backup.whole", map[string]any{"taken": sum.Header.Taken.Local().Format("2006-01-02 15:04:05 MST"),
			"version": sum.Header.Program, "engine": string(sum.Header.Engine), "files": sum.Blobs}), nil
	}
	var key *secret.Box
	if !o.WithoutKey {
		var err error
		if key, err = existingKey(c, lang); err != nil {
			return "", err
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return "", err
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return "", err
	}
	defer lock.Close() //nolint:errcheck // lets go of the lock
	blobs, err := blob.Open(ctx, c.Blob, c.Data)
	if err != nil {
		return "", err
	}
	defer blobs.Close() //nolint:errcheck // each file was closed
	to := backup.Target{Database: c.Database(), Blobs: blobs.Bucket}
	if key != nil {
		to.Key = key
	}
	sum, err := backup.Restore(ctx, o.File, to)
	if err != nil {
		return "", wordBackup(lang, err)
	}
	return words.T(lang, "ops.backup.restored", map[string]any{"taken": sum.Header.Taken.Local().Format("2006-01-02 15:04:05 MST"), "files": sum.Blobs}), nil
}

// lockData makes this process the only one on the data directory.
func lockData(dir string) (*os.File, error) {
	// Two programs on one SQLite file would each believe to be the only writer.
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another wozai is using %s", dir), f.Close())
	}
	return f, nil
}

func keyFile(c config.Server) string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(c.Data, "master.key")
}

// existingKey opens the master key, and unlike a server's start never makes one.
func existingKey(c config.Server, lang string) (*secret.Box, error) {
	if _, err := os.Stat(keyFile(c)); errors.Is(err, os.ErrNotExist) {
		return nil, operatorError(lang, "backup.no_key", map[string]any{"key": keyFile(c)})
	}
	return secret.Open(keyFile(c))
}

// RotateKey puts a new master key in front of an installation's keys, and says what to do about it.
func RotateKey(c config.Server, lang string) (string, error) {
	if _, err := existingKey(c, lang); err != nil {
		return "", err
	}
	if err := secret.Rotate(keyFile(c)); err != nil {
		return "", err
	}
	return words.T(lang, "ops.backup.rotated", map[string]any{"key": keyFile(c)}), nil
}

func wordBackup(lang string, err error) error {
	for cause, key := range map[error]string{
		backup.ErrDamaged: "damaged", backup.ErrNotOurs: "not_ours", backup.ErrNewer: "newer",
		backup.ErrWrongKey: "wrong_key", backup.ErrNotEmpty: "not_empty", backup.ErrEngine: "engine",
	} {
		if errors.Is(err, cause) {
			return fmt.Errorf("%s\n  (%w)", words.T(lang, "ops.backup."+key, nil), err)
		}
	}
	return err
}

func operatorError(lang, key string, params map[string]any) error {
	return errors.New(words.T(lang, "ops."+key, params))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }
