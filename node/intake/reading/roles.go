package reading

import "strings"

// A Role is what a column of a table, or a member of an object, is used for.
type Role uint8

const (
	Unused    Role = iota
	RoleKind       // identifiers of one kind
	RoleMixed      // identifiers or sentences, each cell told by its content
	RoleType       // the kind of what stands in the value column
	RoleValue
	RoleText // prose to search
	RoleRegion
	RolePlatform
	RoleChain
	RoleCase
	RoleSeen
	RoleCategory
	RoleConsent
	RoleGrading
	RoleHandling
	RoleHandlingText
	RoleTLP
	RoleTool
	RoleAlert
	RoleCaptured
	RoleDisclosedBy
	RoleCondition
	RoleDeleteBy
)

// RoleOf returns the role that a name stands for, Unused for one that is not known.
func RoleOf(name string) Role { return roleWords[PlainName(name)] }

var roleWords = func() map[string]Role {
	m := map[string]Role{}
	for r, words := range map[Role]string{
		RoleType:         "identifier_type type kind idtype typ art tipo valuetype attributetype indicatortype selectortype",
		RoleValue:        "value identifier wert valeur valor waarde valoare selector indicator identifiervalue",
		RoleText:         "text message messagetext body content adtext advert adverttext ad_text adtitle nachricht mensaje mensagem messaggio bericht texte anzeige anzeigentext anuncio annonce",
		RoleRegion:       "default_region region country countrycode land pays pais paese país isocountry",
		RolePlatform:     "platform service app application source_app network plattform plateforme plataforma",
		RoleChain:        "chain currency coin blockchain symbol asset",
		RoleCase:         "case_ref case caseid casenumber caseno caseref reference aktenzeichen fall dossier expediente caso sprawa dosar zaaknummer",
		RoleSeen:         "first_seen last_seen seen date datetime timestamp time starttime calltime messagetimestamp zeit hora heure tijd uhrzeit violation_date datum fecha posted postdate vu_le vu visto vista gesehen gezien eerst_gezien laatst_gezien zuerst_gesehen zuletzt_gesehen premiere_vue derniere_vue widziano vazut",
		RoleCategory:     "category subject_category subjectcategory personrole rolle kategorie categorie rol categoria",
		RoleConsent:      "consent consent_to_share einwilligung consentement consentimiento consenso",
		RoleGrading:      "grading grade evaluation 4x4 reliability bewertung",
		RoleHandling:     "handling handling_code handlingcode handlingcodes",
		RoleHandlingText: "handling_text handlingtext restriction",
		RoleTLP:          "tlp marking trafficlight",
		RoleTool:         "tool source_tool extractiontool software",
		RoleAlert:        "to_ids",
		RoleDisclosedBy:  "disclosed_by",
		RoleCondition:    "disclosure_conditions",
		RoleDeleteBy:     "delete_by",
		RoleCaptured:     "captured capturedat extracted extractedat acquired acquisitiontime",
	} {
		for w := range strings.FieldsSeq(words) {
			m[PlainName(w)] = r
		}
	}
	return m
}()

// Title names a role for a person.
func (r Role) Title() string { return roleTitles[r] }

var roleTitles = map[Role]string{
	RoleMixed: "searched",
	RoleType:  "kind of the value", RoleValue: "value", RoleText: "text to search", RoleRegion: "region", RolePlatform: "platform",
	RoleChain: "chain", RoleCase: "case", RoleSeen: "time", RoleCategory: "category of the person", RoleConsent: "consent",
	RoleGrading: "grading", RoleHandling: "handling", RoleHandlingText: "words of the handling", RoleTLP: "TLP", RoleTool: "tool", RoleAlert: "alert",
	RoleCaptured: "time of capture", RoleDisclosedBy: "agency that disclosed it", RoleCondition: "conditions of the disclosure", RoleDeleteBy: "when to delete it",
}
