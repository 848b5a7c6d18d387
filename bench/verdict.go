package main

import (
	"fmt"
	"math"
)

// limit is a figure with what it should reach.
type limit struct {
	part, figure string
	least        bool // the figure should be at least wanted; otherwise at most
	wanted       float64
	unit, says   string
}

var limits = []limit{
	{"start", "warm_healthy_median_ms", false, 1000, "ms", "start on 1 GB, file in memory, until healthy"},
	{"start", "cold_healthy_median_ms", false, 1000, "ms", "start on 1 GB, file on disk, until healthy"},
	{"start", "idle_both_shared_pages_once_MB", false, 200, "MB", "idle, both processes, shared pages once"},
	{"roster", "at_500_any_deed_p95_ms", false, 200, "ms", "500 present see what one does, p95"},
	{"floor", "listeners_a_core", true, 250, "", "listeners a core"},
	{"floor", "grid_dearer_than_floor", true, 5, "×", "a grid of 20 is dearer, for each"},
	{"floor", "room_handover_to_first_sound_p95_ms", false, 120, "ms", "hand-over until first sound, p95"},
	{"floor", "room_handover_to_large_decoded_in_browser_p95_ms", false, 100, "ms", "hand-over until a decoded large picture, p95"},
	{"join", "tap_to_sound_in_browser_p95_ms", false, 1500, "ms", "a browser among 200: tap until sound, p95"},
	{"join", "tap_to_sound_p95_ms", false, 1500, "ms", "the 200: tap until sound, p95"},
	{"storm", "of_posts_that_do_nothing", true, 0.45, "×", "a storm of answers, of posts that do nothing"},
	{"storm", "of_pocketbase", true, 8, "×", "a storm of answers, of PocketBase's records"},
	{"storm", "of_pgbench", true, 0.8, "×", "PostgreSQL: a storm of answers, of pgbench with its statements"},
	{"storm", "at_70_percent_answer_p99_ms", false, 50, "ms", "answers at 70 % of what is taken, p99"},
	{"storm", "lost_after_a_kill", false, 0, "", "acknowledged answers lost after kill -9"},
	{"storm", "lost_after_a_power_cut", false, 0, "", "acknowledged answers lost in a power cut"},
	{"rollup", "acknowledged_until_shown_p99_ms", false, 500, "ms", "an answer shows in its branch's roll-up, p99"},
	{"rollup", "server_for_all_ms", false, 1, "ms", "a roll-up of the whole, the server's part, median"},
	{"rollup", "server_for_branch_ms", false, 1, "ms", "a roll-up of a branch, the server's part, median"},
	{"weak", "light_pages_kB_down", false, 60, "kB", "sign-in and join page"},
	{"weak", "room_in_sound_kB", false, 200, "kB", "the room in sound: files and answers"},
	{"weak", "link_tap_to_sound_cold_p50_ms", false, 8000, "ms", "weak line: tap on the link until sound, cold, median"},
	{"weak", "tap_to_sound_cached_p50_ms", false, 3000, "ms", "weak line: the same with the page kept, median"},
	{"weak", "hand_to_seen_by_others_p95_ms", false, 1000, "ms", "weak line: a hand is seen by others, p95"},
}

// verdicts prints every limit with what was measured, of this run or, for parts that did not run, of an earlier one.
func verdicts(results map[string]any) {
	fmt.Printf("\n%-54s %10s %10s   %s\n", "", "wanted", "measured", "")
	for _, l := range limits {
		wanted := fmt.Sprintf("%s %s%s", map[bool]string{true: "≥", false: "≤"}[l.least], number(l.wanted), l.unit)
		v, ok := measured(results[l.part], l.figure)
		if !ok {
			fmt.Printf("%-54s %10s %10s   not measured\n", l.says, wanted, "–")
			continue
		}
		verdict := "holds"
		if l.least && v < l.wanted || !l.least && v > l.wanted {
			verdict = fmt.Sprintf("missed by %.0f %%", 100*math.Abs(v-l.wanted)/l.wanted)
		}
		fmt.Printf("%-54s %10s %10s   %s\n", l.says, wanted, number(round(v, 1))+l.unit, verdict)
	}
}

func measured(part any, figure string) (float64, bool) {
	switch part := part.(type) {
	case figures:
		v, ok := part[figure]
		return v, ok
	case map[string]any: // read from the file
		v, ok := part[figure].(float64)
		return v, ok
	}
	return 0, false
}
