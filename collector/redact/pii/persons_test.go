package pii

import (
	"strings"
	"testing"
)

// TestNumbersOfPersonsAreFoundByTheirChecks has one number of each kind, made up so that its
// checks hold, or from the issuer's own example.
func TestNumbersOfPersonsAreFoundByTheirChecks(t *testing.T) {
	f := Finder{Persons: NewPersons()}
	for _, text := range []string{
		"social security «536-22-8714»", "ssn «536 22 8714»", "tax id: «912-78-1234»", "SIN «046 454 286»", "«AB 12 34 56 C»", "NHS no «943 476 5919»", "PPS «1234567T»", "«1 85 05 78 006 084 91»", "Steuer-ID «86095742719»",
		"«15 070649 C 103»", "SVNR «1237 010180»", "«756.9217.0769.85»", "«12345678Z»", "«X1234567L»", "«RSSMRA85T10A562S»", "NIF «123456789»", "BSN «111222333»", "«85.07.30-033.28»", "«811218-9876»", "«19811218-9876»",
		"CPR-nr. «070761-4285»", "«131052-308T»", "kennitala «120174-3399»", "PESEL «44051401359»", "NIP «123-456-32-18»", "RČ «736028/5163»", "TAJ «111 111 110»", "CNP «1800101221144»", "ЕГН egn «7523169263»", "AMKA «01013099997»",
		"AFM «094259216»", "OIB «69435151530»", "JMBG «0101006500006»", "isikukood «37605030299»", "TCKN «10000000146»", "«112-233-445 95»", "ИНН «500100732259»", "рнокпп «3184710691»", "teudat zehut «123456782»", "«784-1234-1234567-2»", "CNIC «35202-1234567-1»",
		"کد ملی «0499370899»", "«2345 6789 0124»", "«ABCPE1234F»", "«11010519491231002X»", "«A123456789»", "«A123456(3)»", "«S1234567D»", "MyKad «880101-14-5678»", "KTP «3171010101900001»", "«1-1014-56789-01-2»", "«900101-1234567»", "マイナンバー «123456789018»",
		"TFN «123 456 782»", "Medicare «2123 45670 1»", "IRD «49-091-850»", "ID number «8001015009087»", "«529.982.247-25»", "PIS «120.12345.67-2»", "CUIL «20-12345678-6»", "«12.345.678-5»", "«5.126.663-3»", "cédula «1.234.567-2»", "cedula «1710034065»", "«BOXW310820HNERXN09»",
	} {
		strip := strings.NewReplacer("«", "", "»", "")
		from := strings.Index(text, "«")
		to := strings.Index(text, "»") - len("«")
		found := f.Find(nil, []byte(strip.Replace("x "+text+" y")))
		if len(found) != 1 || found[0] != (Span{from + 2, to + 2, KindPerson}) {
			t.Errorf("%s: %v, not %d to %d", text, found, from+2, to+2)
		}
	}
}

// TestNumbersThatAreNoPersonsStay holds what numbers are mostly.
func TestNumbersThatAreNoPersonsStay(t *testing.T) {
	f := Finder{Persons: NewPersons()}
	for _, text := range []string{
		"000-12-3456", "666-12-3456", "900-12-3456", "536-00-8714", "536-22-0000", "078-05-1120", "219-09-9999", "phone 536-228-7140", "12345678A", "X1234567M", "529.982.247-26", "192.168.100.200-25", "2026-11-22", "1.2.3-4",
		"order 123456782 of 2026", "1790000000000", "2345 6789 0124 5678", "commit 12345678Z9", "2345 6789 0125", "86095742719", "v10.20.300-1", "GB 12 34 56 C", "2026-12-01T03:15:00", "id 11010519491231002", "8001015009087 ms",
	} {
		if found := f.Find(nil, []byte("x "+text+" y")); len(found) > 0 {
			t.Errorf("%s: %v", text, found)
		}
	}
}
