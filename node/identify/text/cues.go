package text

import "strings"

// A cue is what a word before a number says of it.
type cue uint8

const (
	noCue   cue = iota
	calling     // a person is told to call
	listing     // the number of an order, a file, a parcel
)

var cues = buildCues()

func buildCues() map[string]cue {
	all := map[string]cue{}
	for c, words := range map[cue]string{
		calling: `call calls calling text txt texts tel tele telf tlf telephone phone phones fone ph cell cellphone mobile mob ring dial sms whatsapp whatsap wapp wasap wa viber signal telegram imessage contact reach reachable my me hmu hit
			appelez appeler appelle appel joindre joignable contactez contacter telephone portable gsm fixe mon ecris sonne
			llamar llama llame llamame llamadme llamanos telefono movil celular cel mi escribeme escribe contacto contacta contactar whats guasap
			ruf rufen anruf anrufen anrufe telefon handy mobil mobiltelefon festnetz meine melde meldet erreichbar kontakt fon rufnummer handynummer telefonnummer
			suna sunati sunama apel apeleaza apelati mobil contacteaza contactati scrie numarul meu`,
		listing: `order orders ordered ref refs reference isbn issn serial sn imei imsi iban bic swift card zip postal postcode lot unit tracking track invoice vat siret siren ticket version port plate batch model item sku ean upc barcode parcel shipment
			customer client account acct policy licence license article art part case file booking reservation flight pin patent lottery lotto loto draw score scores gtin asin passport ssn
			commande cmd dossier facture colis suivi referencia loterie tirage compte billet matricule
			pedido factura seguimiento envio expediente cliente cuenta loteria guia albaran
			bestellung bestellnummer auftrag auftragsnummer rechnung rechnungsnummer sendung sendungsnummer artikel artikelnr artikelnummer kunde kunden kundennummer kundennr lottozahlen konto kontonummer seriennummer vertrag aktenzeichen vorgang plz steuernummer
			comanda comenzii comenzi colet colete awb factura referinta cont client serie loterie cui cnp contract bilet`,
	} {
		for _, w := range strings.Fields(words) {
			all[w] = c
		}
	}
	return all
}

// maxCueWords is how many words may stand between a cue and a number.
const maxCueWords = 4

// cueOf returns what the words before a number say of it.
func cueOf(before []atom, gap string) cue {
	for i := len(before) - 1; i >= 0 && len(before)-i <= maxCueWords; i-- {
		if strings.ContainsAny(gap, "!?\n") || sentenceEnd(gap, before[i]) {
			break
		}
		switch cues[before[i].word] {
		case calling:
			return calling
		case listing:
			return listing
		}
		gap = before[i].gap
	}
	return noCue
}

// sentenceEnd tells a full stop from the one of an abbreviation.
func sentenceEnd(gap string, last atom) bool {
	return strings.Contains(gap, ". ") && len(last.word) > 4
}
