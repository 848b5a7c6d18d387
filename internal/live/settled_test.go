package live

import "testing"

func TestAShortTransactionNumberIsMadeWhole(t *testing.T) {
	const round = int64(1) << 32
	for _, c := range []struct{ short, near, want int64 }{
		{5, 9, 5}, {9, 9, 9}, {12, 9, 12},
		{round - 2, round + 3, round - 2}, // begun before the count went round
		{4, round + 3, round + 4},
		{1, 3*round - 1, 3*round + 1},
		{7, 5*round + 7, 5*round + 7},
	} {
		if got := whole(c.short, c.near); got != c.want {
			t.Errorf("%d near %d is %d, want %d", c.short, c.near, got, c.want)
		}
	}
}
