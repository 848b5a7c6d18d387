//go:build ignore

// Draw writes one simulated member as raw RGB frames to standard output: go run draw.go INDEX. See make-clips.sh.
package main

import (
	"bufio"
	"math"
	"os"
	"strconv"
)

const (
	width, height = 192, 144
	frames        = 80 // eight seconds at ten a second; every movement has a period that divides it
)

type rgb [3]float64

var (
	skins   = []rgb{{236, 201, 170}, {224, 184, 150}, {243, 214, 188}, {210, 168, 134}}
	hairs   = []rgb{{38, 32, 30}, {62, 50, 44}, {150, 150, 152}, {205, 205, 206}}
	clothes = []rgb{{44, 62, 92}, {96, 44, 48}, {52, 84, 70}, {70, 70, 78}, {122, 96, 60}, {58, 92, 120}}
	walls   = []rgb{{206, 214, 216}, {222, 212, 194}, {194, 206, 190}, {214, 204, 212}, {188, 200, 214}, {226, 220, 208}}
)

func main() {
	index, _ := strconv.Atoi(os.Args[1])
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for frame := range frames {
		for y := range height {
			for x := range width {
				colour := pixel(index, frame, float64(x), float64(y))
				for _, value := range colour {
					out.WriteByte(byte(max(0, min(255, value))))
				}
			}
		}
	}
}

func pixel(index, frame int, x, y float64) rgb {
	turn := 2 * math.Pi * float64(frame) / frames
	phase := float64(index)
	sway, nod := 4*math.Sin(turn+phase), 1.5*math.Sin(2*turn+phase)
	cx, cy := width/2+sway, 62+nod
	skin, hair := skins[index%len(skins)], hairs[(index/3)%len(hairs)]
	long, glasses, round := index%2 == 1, index%3 == 0, 1+0.08*float64(index%4-1)
	in := func(px, py, rx, ry float64) float64 { // below 1: inside the ellipse
		return math.Hypot((x-px)/rx, (y-py)/ry)
	}
	colour := walls[index%len(walls)]
	shade := 1 - 0.12*y/height
	colour = rgb{colour[0] * shade, colour[1] * shade, colour[2] * shade}
	if index%4 == 2 && x > 140 && x < 178 && y > 14 && y < 60 { // a window
		colour = rgb{232, 240, 246}
	}
	if index%4 == 1 && x > 8 && x < 52 && y > 10 && math.Mod(y, 22) < 16 && math.Mod(x, 7) < 5 { // books
		colour = clothes[int(x/7)%len(clothes)]
	}
	if long && in(cx, cy+12, 41, 52) < 1 {
		colour = hair
	}
	if in(width/2+sway/2, 160, 66, 58) < 1 {
		colour = clothes[(index*5)%len(clothes)]
		if math.Abs(x-width/2-sway/2) < (126-y)/2 && y < 126 {
			colour = rgb{240, 240, 238} // collar
		}
	}
	if math.Abs(x-cx) < 12 && y > cy+25 && y < cy+46 {
		colour = rgb{skin[0] * 0.92, skin[1] * 0.9, skin[2] * 0.88} // neck
	}
	if in(cx, cy, 31*round, 39) < 1 {
		colour = skin
	}
	if top := in(cx, cy-14, 34*round, 30); top < 1 && y < cy-17+6*math.Abs(x-cx)/31 {
		colour = hair
	}
	blink := (frame+20+7*index)%40 < 2
	for _, side := range []float64{-12, 12} {
		if eye := in(cx+side, cy-3, 4, 3); !blink && eye < 1 {
			colour = rgb{40, 34, 32}
		}
		if blink && math.Abs(x-cx-side) < 4 && math.Abs(y-cy+3) < 1 {
			colour = rgb{60, 48, 44}
		}
		if glasses {
			if rim := in(cx+side, cy-3, 9.5, 7.5); rim < 1.08 && rim > 0.9 {
				colour = rgb{48, 48, 52}
			}
		}
	}
	if in(cx, cy+8, 3, 4.5) < 1 {
		colour = rgb{skin[0] * 0.9, skin[1] * 0.86, skin[2] * 0.84}
	}
	open := 1.6 + 2.2*math.Abs(math.Sin(10*turn+phase))*math.Abs(math.Sin(2*turn))
	if in(cx, cy+20, 9, open) < 1 {
		colour = rgb{150, 72, 70}
	}
	return colour
}
