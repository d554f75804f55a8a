package reading

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Naming is what a word for a kind of identifier says: the kind, and for
// handles the platform, for wallets the chain.
type Naming struct {
	Kind     casework.Kind
	Platform string
	Chain    string
}

// PlainName reduces a header or a type name to its letters and digits: lower
// case, without accents, spaces and punctuation.
func PlainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(name))
}

// KindOf reads the word for a kind: our own names, those of MISP, STIX and phone
// extraction tools, and what people call things in a few languages.
func KindOf(name string) (Naming, bool) {
	n, ok := namings[PlainName(name)]
	return n, ok
}

// KindIn reads a name that is made of several words, one of which is for a kind
// ("Phone 1 - Value", "contact_phone_number", "emails"). A last word that says
// something about the value instead ("phone type", "email verified") makes it no name
// of a kind.
func KindIn(name string) (Naming, bool) {
	words := nameWords(name)
	if len(words) == 0 || len(words) > 8 || aspects[words[len(words)-1]] {
		return Naming{}, false
	}
	last := words[len(words)-1]
	for size := min(3, len(words)); size > 0; size-- {
		for i := len(words) - size; i >= 0; i-- {
			word := strings.Join(words[i:i+size], "")
			if n, ok := namings[word]; ok && !(n.Kind == casework.Phone && last == "id" && word != "id" && i+size < len(words)) {
				return n, true // a cell's id is none of a telephone
			}
			if one, plural := strings.CutSuffix(word, "s"); plural {
				if n, ok := namings[one]; ok {
					return n, true
				}
			}
		}
	}
	return Naming{}, false
}

// parties are last words of names for who takes part in a call, a message or a payment.
var parties = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`party parties address from to sender recipient recipients receiver receivers participant participants partner contact
		caller callee calling called number source destination remote peer origin originator target subscriber party1 party2 teilnehmer absender empfanger gegenstelle
		expediteur destinataire appelant appele emisor receptor remitente destinatario mittente chiamante chiamato beller gebelde dzwoniacy abonent абонент`) {
		m[PlainName(w)] = true
	}
	return m
}()

// Party reports whether a name is one for who takes part in something, so that numbers
// under it are telephone numbers: "Partner", "B-Party", "From".
func Party(name string) bool {
	words := nameWords(name)
	return len(words) > 0 && len(words) <= 4 && parties[words[len(words)-1]]
}

// aspects are last words of names that say something about a value and do not name it.
var aspects = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`label type kind name names date time count status verified model make country region code id ids prefix
		format length size provider carrier operator duration direction score flag number1type note notes comment comments color colour
		day month year platform version hash location address1 street city state zip position title label1 preferred primary`) {
		m[w] = true
	}
	delete(m, "id")
	delete(m, "ids")
	return m
}()

// nameWords splits a name at everything that is no letter, and at capital letters
// within a word ("contactPhone").
func nameWords(name string) []string {
	name = strings.NewReplacer("E-mail", "Email", "e-mail", "email", "E-Mail", "Email", "E_mail", "Email", "e_mail", "email").Replace(name)
	var words []string
	var b strings.Builder
	flush := func() {
		if w := PlainName(b.String()); w != "" && strings.Trim(w, "0123456789") != "" {
			words = append(words, w)
		}
		b.Reset()
	}
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !(unicode.IsDigit(r) && unicode.IsLetter(before)):
			flush()
		case unicode.IsUpper(r) && unicode.IsLower(before):
			flush()
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	flush()
	if n := len(words); n > 1 && (words[n-1] == "value" || words[n-1] == "values") {
		words = words[:n-1]
	}
	return words
}

var namings = func() map[string]Naming {
	m := map[string]Naming{}
	for kind, words := range kindWords {
		m[PlainName(string(kind))] = Naming{Kind: kind}
		for w := range strings.FieldsSeq(words) {
			m[PlainName(w)] = Naming{Kind: kind}
		}
	}
	for platform, words := range platformWords {
		for w := range strings.FieldsSeq(words) {
			m[PlainName(w)] = Naming{Kind: casework.Handle, Platform: platform}
		}
	}
	for chain, words := range chainWords {
		for w := range strings.FieldsSeq(words) {
			m[PlainName(w)] = Naming{Kind: casework.Wallet, Chain: chain}
		}
	}
	return m
}()

var kindWords = map[casework.Kind]string{
	casework.Phone: `phone phonenumber phone_number phoneno phonenr telephone telephonenumber tel telno telnr telefon telefonnummer telefonnr
		telefono teléfono numerotelefono numerodetelefono numérodetéléphone téléphone telephonenumero téléphoneportable telefoon telefoonnummer
		numertelefonu nrtelefonu numardetelefon numărdetelefon telefone celular movil móvil mobile mobilenumber mobil mobilnummer handy handynummer
		gsm cell cellphone cellnumber msisdn caller callerid callingnumber callednumber anumber bnumber partynumber sms smsnumber fax
		companyphonenumber contactphone contactnumber phone1 phone2 phone3 телефон номертелефона τηλεφωνο 电话 手机 電話 هاتف
		whatsapp whatsappnumber viber viberid signal signalnumber imessage`,
	casework.Email: `email emailaddress emailaddr mail mailaddress emailsrc emaildst emailreplyto correo correoelectronico courriel
		adressemail adressemail epost eposta emailadresse mailadresse indirizzoemail adresemail adresădeemail почта электроннаяпочта
		email1 email2 contactemail targetemail`,
	casework.Wallet: `wallet walletaddress cryptowallet cryptocurrencywallet cryptoaddress coinaddress coinaddr blockchainaddress virtualcurrency virtualcurrencyaddress digitalcurrencyaddress
		portefeuille billetera monedero krypto kryptoadresse kryptowährung`,
	casework.Bank: `iban bankaccount accountiban ibannumber bankkonto kontonummer compteiban cuentaiban contiban`,
	casework.Handle: `handle username user userid screenname accountname nickname nick login loginname benutzername benutzer nomdutilisateur
		pseudo pseudonyme usuario nombredeusuario utente nomeutente gebruikersnaam utilizator numeutilizator nazwaużytkownika
		profile profilename githubusername`,
	casework.URL: `url uri link links website webpage web weburl adurl adlink advertisement advertisementurl posturl pageurl weblink
		lien enlace collegamento profileurl sourceurl`,
	casework.Domain:   `domain domainname hostname host fqdn domaine dominio domäne domeniu`,
	casework.Onion:    `onion onionaddress toraddress hiddenservice onionurl`,
	casework.MD5:      `md5 md5hash imagemd5 filemd5 hashmd5 md5sum`,
	casework.SHA1:     `sha1 sha1hash imagesha1 filesha1 hashsha1 sha1sum`,
	casework.SHA256:   `sha256 sha256hash imagesha256 filesha256 hashsha256 sha256sum`,
	casework.ED2K:     `ed2k ed2khash emule emulehash edonkey edonkeyhash`,
	casework.BTIH:     `btih infohash torrenthash bittorrentinfohash`,
	casework.PDQ:      `pdq pdqhash imagepdq xpdqhash hashpdq`,
	casework.PhotoDNA: `photodna photodnahash pdna imagephotodna`,
	casework.IMEI:     `imei imeinumber imei1 imei2 deviceimei imeisv`,
	casework.IMSI:     `imsi imsinumber`,
	casework.MAC:      `mac macaddress macaddr wifimac bluetoothmac bluetoothaddress`,
	casework.Plate: `plate licenseplate licenceplate licenseplatenumber vehicleplate vrm kennzeichen autokennzeichen plaque immatriculation
		plaquedimmatriculation matricula matrícula targa kenteken nrinmatriculare rejestracja vehicleregistration`,
	casework.Document: `document documentnumber passport passportnumber reisepass reisepassnummer passeport pasaporte passaporto idcard idcardnumber
		identitycard identitycardnumber ausweisnummer dni nationalid`,
	casework.IP:  `ip ipaddress ipaddr ipv4 ipv6 ipv4addr ipv6addr ipsrc ipdst ipsrcport ipdstport adresseip direccionip ipadresse`,
	casework.PGP: `pgp pgpfingerprint pgpkey gpg gpgfingerprint fingerprintpgp pgppublickeyfingerprint`,
}

var platformWords = map[string]string{
	"telegram":  "telegram telegramuser telegramusername telegramhandle telegramaccount telegramid tg",
	"instagram": "instagram instagramuser instagramusername instagramhandle insta ig",
	"facebook":  "facebook facebookuser facebookusername facebookid fb",
	"snapchat":  "snapchat snapchatuser snapchatusername snap",
	"tiktok":    "tiktok tiktokuser tiktokusername",
	"twitter":   "twitter twitterid twitteruser twitterusername twitterhandle x_username",
	"kik":       "kik kikuser kikusername kikid",
	"discord":   "discord discorduser discordusername",
	"wickr":     "wickr wickruser wickrid",
	"skype":     "skype skypeid skypename skypeuser",
	"onlyfans":  "onlyfans onlyfansuser",
	"vk":        "vk vkontakte vkid",
	"line":      "lineid",
	"wechat":    "wechat wechatid weixin",
	"session":   "sessionid",
	"threema":   "threema threemaid",
	"jabber":    "jabberid xmpp xmppid jid",
	"github":    "github",
}

var chainWords = map[string]string{
	"bitcoin":      "btc bitcoin bitcoinaddress btcaddress btcwallet bitcoinwallet",
	"ethereum":     "eth ethereum ethereumaddress ethaddress ether",
	"monero":       "xmr monero moneroaddress xmraddress",
	"litecoin":     "ltc litecoin litecoinaddress",
	"tron":         "trx tron tronaddress usdttrc20 trc20",
	"dash":         "dash dashaddress",
	"dogecoin":     "doge dogecoin",
	"bitcoin-cash": "bch bitcoincash",
	"zcash":        "zec zcash",
	"ripple":       "xrp ripple",
	"solana":       "sol solana",
}
