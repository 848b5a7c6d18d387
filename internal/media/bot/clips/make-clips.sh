#!/bin/sh
# Makes the faces and voices of the simulated members: drawn, spoken by espeak-ng, nobody's real face or voice.
# Needs go, ffmpeg (libvpx, libopus) and espeak-ng with its Mandarin voice. Run it in this directory.
set -eu

make_one() { # index, pitch, speed, words
	name=$(printf 'member-%02d' "$1")
	go run draw.go "$1" | ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s 192x144 -r 10 -i - \
		-c:v libvpx -deadline good -cpu-used 0 -b:v 36k -maxrate 44k -bufsize 60k -g 20 -keyint_min 20 \
		-error-resilient 1 -auto-alt-ref 0 -pix_fmt yuv420p -bitexact "$name.ivf"
	espeak-ng -v cmn -p "$2" -s "$3" -a 120 -w "$name.wav" "$4"
	ffmpeg -v error -y -i "$name.wav" -af 'highpass=f=90,lowpass=f=6500,loudnorm=I=-22,apad=pad_dur=0.6' -t 9 -ac 1 -ar 48000 \
		-c:a libopus -application voip -b:a 16k -vbr on -frame_duration 20 -page_duration 20000 -bitexact "$name.ogg"
	rm "$name.wav"
}

make_one 0 35 150 '同志们好，我在家里参加今天的组织生活会，声音和画面都很清楚。'
make_one 1 60 155 '我先汇报这一周的学习情况，再谈谈自己的体会和不足。'
make_one 2 30 145 '社区值班已经排好了，这个周末由我和两位年轻同志负责。'
make_one 3 65 160 '大家的意见我都记下来了，整改措施写清楚时间和责任人。'
make_one 4 40 140 '我今年七十二岁了，身体还好，请支部的同志们放心。'
make_one 5 55 150 '我在外地隔离，每天按时测量体温，一切正常。'
make_one 6 28 150 '办理来信要及时，每一封群众来信都要有回音。'
make_one 7 70 158 '对照检查，我觉得自己深入基层还不够，今后要多走多看。'
make_one 8 45 148 '我同意刚才几位同志的发言，再补充两点具体建议。'
make_one 9 58 152 '需要帮忙的地方请告诉我，我在，马上办。'
make_one 10 38 146 '批评和自我批评要真诚，问题说在前面，办法也要说在前面。'
make_one 11 62 154 '谢谢大家的关心，我们下次会议再见。'
