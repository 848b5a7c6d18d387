package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"rsc.io/qr"

	"wozai/internal/app"
	"wozai/internal/app/demo"
	"wozai/internal/config"
)

type demoCmd struct {
	config.Server
	Bots      int  `help:"Simulated members in the meeting; 0 for none." default:"12"`
	PrintJSON bool `help:"Print addresses and sign-ins as one line of JSON." name:"print-json"`
}

var roleWords = map[string]string{
	"secretary": "支部书记 branch secretary", "recorder": "记录人 recorder", "member": "党员 member",
	"retired": "退休党员 retired member", "overseer": "上级党组织 level above", "leader": "党组书记 leading group", "admin": "管理员 administrator",
}

// Run serves the invented authority.
func (c *demoCmd) Run(ctx context.Context) error {
	a, err := app.New(ctx, c.Server, logger(c.Server))
	if err != nil {
		return err
	}
	defer a.Close()
	d, err := a.LoadDemo(ctx)
	if err != nil {
		return fmt.Errorf("demonstration: %w", err)
	}
	return a.Run(ctx, func(url string) {
		if err := a.FillDemo(ctx, d.Show(c.Bots)); err != nil {
			fmt.Fprintln(os.Stderr, "wozai:", err)
		}
		link := url + "/j#" + d.Link
		if c.PrintJSON {
			_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"url": url, "sign_ins": d.SignIns, "meeting_id": d.Meeting, "link": link})
			return
		}
		c.print(url, a.TrustAddress(url), link, d.SignIns)
	})
}

func (c *demoCmd) print(url, trust, link string, signIns []demo.SignIn) {
	fmt.Printf("\n我在 Wozai — demonstration: %s (invented)\n\n  %s\n\n", demo.Organisation, url)
	for _, s := range signIns {
		fmt.Printf("  %-28s %-8s %s\n", roleWords[s.Role], s.Login, s.Password)
	}
	fmt.Printf("\n  Straight into the meeting that is about to begin, as a member (one browser only):\n  %s\n", link)
	if phone := app.PhoneURL(url); phone != "" {
		if trust != "" {
			phone = trust // first it has to trust the certificate
		}
		fmt.Printf("\n  A phone on the same network: %s\n\n", phone)
		if code, err := qr.Encode(phone, qr.L); err == nil {
			printQR(code)
		}
	} else {
		fmt.Println("\n  For a phone on the same network, start with --addr :8080 --tls-self (a browser gives its camera to HTTPS only).")
	}
}

// printQR draws two rows of modules with one line of half blocks.
func printQR(code *qr.Code) {
	for y := -2; y < code.Size+2; y += 2 {
		fmt.Print("  ")
		for x := -2; x < code.Size+2; x++ {
			switch top, bottom := code.Black(x, y), code.Black(x, y+1); {
			case top && bottom:
				fmt.Print(" ")
			case top:
				fmt.Print("▄")
			case bottom:
				fmt.Print("▀")
			default:
				fmt.Print("█")
			}
		}
		fmt.Println()
	}
	fmt.Println()
}
