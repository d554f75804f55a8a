package adgen

var tongues = map[string]tongue{
	"en": {
		regions: []string{"US", "US", "GB", "AU"},
		digits:  [10][]string{{"zero", "oh", "zero"}, {"one"}, {"two"}, {"three"}, {"four"}, {"five"}, {"six"}, {"seven"}, {"eight"}, {"nine"}},
		double:  "double", triple: "triple", pair: english,
		join: []string{"then", "and then", "dash", "then"},
		offers: []string{
			"Selling a blue road bike, barely used", "Piano lessons for beginners", "Room to rent near the station", "Two seater sofa, pick up only",
			"New in town, relaxing massage", "Free kittens to a good home", "Lawn mowing and hedge cutting", "Moving sale this weekend", "Garden shed with one window",
			"Sweet and discreet, here for a short time", "Vintage records, some rare", "Washing machine, works great", "Van with a driver for hire",
		},
		calls:   []string{"Call", "call me on", "Text", "Text or call", "Tel", "Phone", "WhatsApp", "My number is", "Ring", "cell", "Contact me at", "hit me up"},
		closers: []string{"ask for Sam", "no texts please", "after 6pm", "serious buyers only", "no calls before nine", "available today", "cash only", "24/7", "no hidden fees"},
		labels:  []string{"Order number", "Order id", "Tracking", "Invoice no.", "Serial", "Ref", "Customer no.", "SKU", "Article"},
	},
	"fr": {
		regions: []string{"FR"},
		digits:  [10][]string{{"zéro", "zero"}, {"un"}, {"deux"}, {"trois"}, {"quatre"}, {"cinq"}, {"six"}, {"sept"}, {"huit"}, {"neuf"}},
		double:  "double", triple: "triple", pair: french,
		join: []string{"puis", "et puis", "ensuite", "tiret"},
		offers: []string{
			"Vends vélo bleu, très bon état", "Canapé deux places à donner", "Cours de piano pour débutants", "Chambre à louer près de la gare",
			"Nouvelle en ville, massage relaxant", "Machine à laver, marche bien", "Chatons à donner", "Déménagement, tout doit partir", "Table en chêne et quatre chaises",
			"Douce et discrète, de passage", "Disques vinyles, certains rares",
		},
		calls:   []string{"Tél", "Appelez le", "appelez-moi au", "Téléphone", "Mon numéro", "WhatsApp", "Contact", "Joindre au", "SMS au", "portable"},
		closers: []string{"demandez Sam", "pas de SMS", "après 18h", "pas sérieux s'abstenir", "disponible aujourd'hui", "paiement comptant", "7j/7", "appeler le soir"},
		labels:  []string{"Commande n°", "Réf", "Référence", "Numéro de suivi", "Facture", "SIRET", "Numéro client", "Colis"},
	},
	"es": {
		regions: []string{"US", "ES", "US"},
		digits:  [10][]string{{"cero"}, {"uno", "uno", "un"}, {"dos"}, {"tres"}, {"cuatro"}, {"cinco"}, {"seis"}, {"siete"}, {"ocho"}, {"nueve"}},
		double:  "doble", triple: "triple", pair: spanish,
		join: []string{"luego", "y luego", "después", "guión"},
		offers: []string{
			"Vendo bicicleta azul, poco uso", "Mesa de roble con cuatro sillas", "Clases de piano para principiantes", "Habitación en alquiler cerca de la estación",
			"Nueva en la ciudad, masaje relajante", "Lavadora, funciona bien", "Regalo gatitos", "Mudanza, todo fuera", "Dulce y discreta, por poco tiempo",
		},
		calls:   []string{"Llamar al", "Llámame", "Tel", "Teléfono", "Mi número es", "WhatsApp", "Móvil", "Contacto", "celular", "Escríbeme al"},
		closers: []string{"pregunta por Sam", "no mensajes", "después de las 18h", "solo gente seria", "disponible hoy", "solo efectivo", "24 horas", "llamar por la tarde"},
		labels:  []string{"Pedido", "Número de pedido", "Referencia", "Factura", "Seguimiento", "Envío", "Cliente nº"},
	},
	"de": {
		regions: []string{"DE"},
		digits:  [10][]string{{"null"}, {"eins", "eins", "ein"}, {"zwei", "zwo"}, {"drei"}, {"vier"}, {"fünf", "fuenf"}, {"sechs"}, {"sieben"}, {"acht"}, {"neun"}},
		double:  "doppel", triple: "dreimal", pair: german,
		join: []string{"dann", "und dann", "Strich", "danach"},
		offers: []string{
			"Verkaufe blaues Fahrrad, kaum benutzt", "Sofa zu verschenken", "Klavierunterricht für Anfänger", "Zimmer zu vermieten am Bahnhof",
			"Neu in der Stadt, entspannende Massage", "Waschmaschine, läuft gut", "Kätzchen abzugeben", "Umzug, alles muss raus", "Eichentisch mit vier Stühlen",
			"Lieb und diskret, nur kurz da",
		},
		calls:   []string{"Tel.", "Ruf an", "Anrufen unter", "Telefon", "Handy", "Meine Nummer", "WhatsApp", "Melde dich unter", "SMS an", "erreichbar unter"},
		closers: []string{"nach Sam fragen", "keine SMS", "ab 18 Uhr", "nur ernst gemeinte Anrufe", "heute frei", "nur bar", "rund um die Uhr", "bitte abends"},
		labels:  []string{"Bestellnummer", "Auftrag", "Rechnung Nr.", "Sendungsnummer", "Artikelnr.", "Kundennummer", "Ref"},
	},
	"ro": {
		regions: []string{"RO", "GB", "FR", "DE"},
		digits:  [10][]string{{"zero"}, {"unu"}, {"doi", "două"}, {"trei"}, {"patru"}, {"cinci"}, {"șase", "sase"}, {"șapte", "sapte"}, {"opt"}, {"nouă", "noua"}},
		double:  "dublu", triple: "triplu", pair: romanian,
		join: []string{"apoi", "și apoi", "după", "liniuță"},
		offers: []string{
			"Vând bicicletă albastră, puțin folosită", "Canapea de dat", "Lecții de pian pentru începători", "Cameră de închiriat lângă gară",
			"Nouă în oraș, masaj relaxant", "Mașină de spălat, merge bine", "Pisicuțe de dat", "Mutare, totul pleacă", "Dulce și discretă, puțin timp",
		},
		calls:   []string{"Sună la", "Sunați", "Tel", "Telefon", "Numărul meu", "WhatsApp", "Mobil", "Contact", "Scrie-mi la", "nr de telefon"},
		closers: []string{"întreabă de Sam", "fără SMS", "după ora 18", "doar persoane serioase", "azi liber", "doar numerar", "non stop", "seara"},
		labels:  []string{"Comanda nr.", "Comandă", "Factura", "Referință", "AWB", "Cod client", "Colet"},
	},
}
