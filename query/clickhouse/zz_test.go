package clickhouse
import ("testing";"strings";"github.com/mcptrail/mcptrail/query/recordtest";"github.com/mcptrail/mcptrail/schema";"context";"runtime";"runtime/pprof";"os";"fmt")
func TestZZ(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	filler := strings.Repeat("x", 64<<10)
	for range 500 { s.Add(schema.Event{Kind: schema.KindStderr, Payload: []byte(filler)}) }
	record.Store(t, s.Events...)
	n:=0
	for _, err := range store.Events(t.Context(), recordtest.ID(1), Part{Bodies:true}) {
		if n++; n==1 {
			if err := record.Conn.Exec(context.Background(), "KILL QUERY WHERE current_database = currentDatabase() AND query LIKE '%FROM events%' AND query NOT LIKE 'KILL%' SYNC"); err != nil { t.Fatal(err) }
		}
		if err != nil { t.Log("err", err) }
	}
	t.Log(n)
}
func TestZM(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	filler := strings.Repeat("0123456789abcdef", 256)
	for i := range 20000 { s.Add(schema.Event{Kind: schema.KindStderr, Payload: []byte(fmt.Sprint(i,filler))}) }
	record.Store(t, s.Events...)
	s = nil
	runtime.GC()
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	var peak uint64
	n:=0
	for _, err := range store.Events(t.Context(), recordtest.ID(1), Part{Bodies:true}) {
		if err != nil { t.Fatal(err) }
		if n++; n%1000==0 { runtime.GC(); runtime.ReadMemStats(&b); if b.HeapAlloc>peak {peak=b.HeapAlloc
			f,_:=os.Create("/tmp/heap.pprof"); pprof.WriteHeapProfile(f); f.Close()
		} }
	}
	t.Log(a.HeapAlloc>>10, peak>>10)
	rows,_ := record.Conn.Query(t.Context(), "SELECT blockNumber(), count() FROM (SELECT * FROM events ORDER BY tenant, session_id, seq LIMIT 1 BY session_id, seq, hash SETTINGS max_block_size=512, max_threads=1,preferred_block_size_bytes=1048576) GROUP BY 1 ORDER BY 1 LIMIT 5")
	for rows.Next() { var b,c uint64; rows.Scan(&b,&c); t.Log(b,c)}
}
