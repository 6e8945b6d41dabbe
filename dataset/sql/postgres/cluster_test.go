//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// cluster is a server of the tests' own: a folder, a process and a socket in that folder, by which alone it is reached.
type cluster struct {
	dir    string
	server *exec.Cmd
	absent string // why there is none
}

var (
	once      sync.Once
	shared    *cluster
	errShared error
)

func TestMain(m *testing.M) {
	m.Run()
	if shared == nil { // no test has asked for it
		return
	}
	if err := shared.stop(); err != nil {
		panic(err)
	}
}

// binaries returns the folder of initdb and postgres, 15 first, "" without one.
func binaries() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	found = slices.DeleteFunc(found, func(path string) bool {
		_, err := os.Stat(filepath.Join(filepath.Dir(path), "postgres"))
		return err != nil
	})
	if i := slices.Index(found, "/usr/lib/postgresql/15/bin/initdb"); i >= 0 {
		return filepath.Dir(found[i])
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	return ""
}

// start starts a server, which is absent without an error where there are no binaries.
func start() (*cluster, error) {
	bin := binaries()
	if bin == "" {
		return &cluster{absent: "PostgreSQL is not installed"}, nil
	}
	var as *syscall.SysProcAttr
	id, group := os.Getuid(), os.Getgid()
	if id == 0 { // as which it does not run
		u, err := user.Lookup("postgres")
		if err != nil {
			return &cluster{absent: "PostgreSQL does not run as root, and there is no user postgres"}, nil
		}
		if id, err = strconv.Atoi(u.Uid); err != nil {
			return nil, err
		}
		if group, err = strconv.Atoi(u.Gid); err != nil {
			return nil, err
		}
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(id), Gid: uint32(group)}}
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	if err := os.Chown(dir, id, group); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	data := filepath.Join(dir, "data")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer log.Close()
	c.server = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20", "-c", "shared_buffers=16MB")
	c.server.SysProcAttr, c.server.Dir, c.server.Stderr, c.server.Stdout = as, dir, log, log
	if err := c.server.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for {
		conn, err := pgx.Connect(ctx, c.name())
		if err == nil {
			return c, conn.Close(ctx)
		}
		if ctx.Err() != nil {
			text, _ := os.ReadFile(log.Name())
			return nil, errors.Join(err, errors.New(string(text)), c.stop())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// name is the database as Open takes it.
func (c *cluster) name() string { return "host=" + c.dir + " user=tester dbname=postgres" }

// stop ends the server, by its process, and removes its folder.
func (c *cluster) stop() error {
	if c.server == nil {
		return nil
	}
	err := c.server.Process.Signal(syscall.SIGINT)
	late := time.AfterFunc(10*time.Second, func() { _ = c.server.Process.Kill() })
	_ = c.server.Wait()
	late.Stop()
	return errors.Join(err, os.RemoveAll(c.dir))
}

// database returns the name of the server's database, in which the statements are executed.
func database(t testing.TB, statements ...string) string {
	t.Helper()
	once.Do(func() { shared, errShared = start() })
	if errShared != nil {
		t.Fatal(errShared)
	}
	if shared.absent != "" {
		t.Skip(shared.absent)
	}
	conn, err := pgx.Connect(t.Context(), shared.name())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return shared.name()
}

func pool(t *testing.T, name string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}
