package simnet

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A caseFile is one file as an agency has them: what it is called and what is in it.
type caseFile struct {
	name string
	data []byte
}

// A writer makes files of one kind that hold some lines of text, among everything else
// that such files hold in every agency: namespaces, schemas, fonts, trackers, signatures,
// addresses of the programs that wrote them.
type writer func(r *rand.Rand, lines []string) caseFile

var writers = []writer{docx, xlsx, mailWith, mailbox, page, whatsapp, ufed, sms, telegram, calls, contacts, note}

// boilerplate is what the same programs write into the files of every agency, and people
// into all of theirs.
var boilerplate = []string{
	"Sent from my iPhone", "Get Outlook for iOS: https://aka.ms/o0ukef", "This e-mail is confidential. If you are not the intended recipient, delete it.",
	"Version 16.0.4266.1001, build 10.0.19041.1", "report.pdf and IMG_0001.jpg are attached, see archive.zip", "Page 1 of 2, 03.01.2026 10:15, ref 2026/000417",
	"Install WhatsApp from https://play.google.com/store/apps/details?id=com.whatsapp", "Help: https://support.google.com/mail/answer/8253",
	"Follow us on https://www.facebook.com/ and https://www.instagram.com/", "noreply@google.com", "com.android.providers.telephony, com.whatsapp.w4b",
	"Total 1.250,00 EUR; card 4111 1111 1111 1111; 192.168.1.1; 127.0.0.1", "https://www.w3.org/TR/html4/strict.dtd", "Join: https://chat.whatsapp.com/",
}

func some(r *rand.Rand, lines []string) []string {
	out := append([]string(nil), lines...)
	for range 2 + r.IntN(4) {
		out = append(out, boilerplate[r.IntN(len(boilerplate))])
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func docx(r *rand.Rand, lines []string) caseFile {
	var body strings.Builder
	for _, l := range some(r, lines) {
		fmt.Fprintf(&body, `<w:p w:rsidR="00A77B3E"><w:pPr><w:pStyle w:val="Normal"/></w:pPr><w:r><w:rPr><w:rFonts w:ascii="Calibri"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, html.EscapeString(l))
	}
	return caseFile{"report.docx", zipped(map[string]string{
		"[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>`,
		"_rels/.rels":         `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml": `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:body>` +
			body.String() + `</w:body></w:document>`,
		"word/styles.xml":   `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"/>`,
		"docProps/core.xml": `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>J. Jansen</dc:creator></cp:coreProperties>`,
	})}
}

func zipped(parts map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml", "docProps/core.xml"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(parts[name]))
		}
		if err != nil {
			panic(err) // into memory
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func xlsx(r *rand.Rand, lines []string) caseFile {
	f := excelize.NewFile()
	row := func(n int, cells ...any) {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n), &cells); err != nil {
			panic(err)
		}
	}
	row(1, "Date", "Description", "Amount")
	for i, l := range some(r, lines) {
		row(i+2, 46025.5+float64(r.IntN(100)), l, r.IntN(100000))
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		panic(err)
	}
	return caseFile{"sheet.xlsx", b.Bytes()}
}

func mailWith(r *rand.Rand, lines []string) caseFile {
	attached := page(r, lines[len(lines)/2:])
	text := strings.Join(some(r, lines[:len(lines)/2]), "\r\n")
	return caseFile{"message.eml", []byte("Return-Path: <bounce@mailer.example>\r\nMessage-ID: <" + fmt.Sprint(r.Uint64()) + "@mail.gmail.com>\r\nX-Mailer: Microsoft Outlook 16.0\r\n" +
		"Subject: your message\r\nDate: Sat, 03 Jan 2026 10:15:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		text + "\r\n--b\r\nContent-Type: application/octet-stream; name=page.html\r\nContent-Disposition: attachment; filename=page.html\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(attached.data) + "\r\n--b--\r\n")}
}

func mailbox(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	for _, l := range some(r, lines) {
		fmt.Fprintf(&b, "From MAILER-DAEMON Sat Jan  3 10:15:00 2026\nFrom: MAILER-DAEMON\nSubject: x\nMessage-ID: <%d@mail.gmail.com>\n\n%s\n\n", r.Uint64(), l)
	}
	return caseFile{"inbox.mbox", []byte(b.String())}
}

func page(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:og="http://ogp.me/ns#"><head><link href="https://fonts.googleapis.com/css?family=Roboto" rel="stylesheet">` +
		`<script async src="https://www.googletagmanager.com/gtag/js?id=UA-1234567-1"></script><script type="application/ld+json">{"@context":"https://schema.org"}</script></head><body>`)
	for _, l := range some(r, lines) {
		fmt.Fprintf(&b, `<div class="x">%s</div>`, html.EscapeString(l))
	}
	b.WriteString(`<img src="https://pixel.facebook.com/tr?id=1"><a href="https://policies.google.com/privacy">Privacy</a></body></html>`)
	return caseFile{"page.html", []byte(b.String())}
}

func whatsapp(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	b.WriteString("13/01/2026, 10:00 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them.\n")
	for i, l := range some(r, lines) {
		fmt.Fprintf(&b, "13/01/2026, 10:%02d - Bob: %s\n", i%60, l)
	}
	return caseFile{"WhatsApp Chat with Bob.txt", []byte(b.String())}
}

func ufed(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><project id="x" name="Report" reportVersion="5.3" xmlns="http://pa.cellebrite.com/report/2.0"><decodedData><modelType type="InstantMessage">`)
	for i, l := range some(r, lines) {
		fmt.Fprintf(&b, `<model type="InstantMessage" id="%d" deleted_state="Intact"><field name="Source" type="String"><value type="String"><![CDATA[WhatsApp]]></value></field><field name="Body" type="String"><value type="String"><![CDATA[%s]]></value></field><field name="TimeStamp" type="TimeStamp"><value type="TimeStamp">2026-01-03T10:00:00.000+00:00</value></field></model>`, i, l)
	}
	b.WriteString(`</modelType></decodedData></project>`)
	return caseFile{"report.xml", []byte(b.String())}
}

func sms(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	b.WriteString("<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><smses count=\"2\" backup_set=\"x\">")
	for _, l := range some(r, lines) {
		fmt.Fprintf(&b, `<sms protocol="0" address="Bank" date="1767434400000" type="1" body="%s" read="1" status="-1" readable_date="3 Jan 2026 10:00:00" contact_name="(Unknown)" />`, html.EscapeString(l))
	}
	b.WriteString("</smses>")
	return caseFile{"sms.xml", []byte(b.String())}
}

func telegram(r *rand.Rand, lines []string) caseFile {
	var all []string
	for i, l := range some(r, lines) {
		all = append(all, fmt.Sprintf(`{"id":%d,"type":"message","date":"2026-01-03T10:00:00","date_unixtime":"1767434400","from":"Bob","from_id":"user1234567890","text":%q,"text_entities":[]}`, i, l))
	}
	return caseFile{"result.json", []byte(`{"name":"Bob","type":"personal_chat","id":1234567890,"messages":[` + strings.Join(all, ",") + `]}`)}
}

func calls(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	b.WriteString("\"sep=,\"\n\"Timestamp\",\"Direction\",\"Duration\",\"Notes\"\n")
	for _, l := range some(r, lines) {
		fmt.Fprintf(&b, "2026-01-03 10:%02d:00,Outgoing,%d,\"%s\"\n", r.IntN(60), r.IntN(600), strings.ReplaceAll(l, `"`, `""`))
	}
	return caseFile{"calls.csv", []byte(b.String())}
}

func contacts(r *rand.Rand, lines []string) caseFile {
	var b strings.Builder
	for _, l := range some(r, lines) {
		fmt.Fprintf(&b, "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 17.1//EN\r\nFN:Bob\r\nNOTE:%s\r\nEND:VCARD\r\n", strings.NewReplacer(",", `\,`, ";", `\;`).Replace(l))
	}
	return caseFile{"contacts.vcf", []byte(b.String())}
}

func note(r *rand.Rand, lines []string) caseFile {
	return caseFile{"note.txt", []byte(strings.Join(some(r, lines), "\n\n") + "\n")}
}
