package pii

import (
	"bytes"
	"strings"
)

// ownChecks are the checks of kinds of numbers that share theirs with no other.
var ownChecks = map[string]check{
	"ssn": ssn, "itin": itin, "nino": nino, "ppsn": ppsn, "nir": nir, "steuerid": steuerID, "rvnr": rvnr, "be97": belgian, "pesel": pesel, "birthcz": czechBirth,
	"dni":   func(v []byte) bool { return len(v) == 9 && letter23(v[:8], v[8]) },
	"nie":   nie,
	"hetu":  hetu,
	"iso11": func(v []byte) bool { return iso11(v) }, "estonian": estonian, "tckn": tckn, "snils": snils, "irmelli": melli,
	"codicefiscale": codiceFiscale, "pan": pan, "cn18": cn18, "taiwan": taiwan, "hkid": hkid, "nric": nric, "nik": nik, "korean": korean, "ird": ird,
	"cpf": cpf, "rut": rut, "curp": curp,
}

func number(v []byte) (n int) {
	for _, c := range v {
		n = n*10 + digit(c)
	}
	return n
}

// ssn excludes what the Social Security Administration never gives: areas 000, 666 and from
// 900 on, group 00, serial 0000, and two numbers that advertisements made known.
func ssn(v []byte) bool {
	area, group, serial := number(v[:3]), number(v[3:5]), number(v[5:])
	known := string(v)
	return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && known != "078051120" && known != "219099999" && !luhnSame(v)
}

func luhnSame(v []byte) bool { return bytes.Count(v, v[:1]) == len(v) }

func itin(v []byte) bool {
	group := number(v[3:5])
	return v[0] == '9' && (group >= 50 && group <= 65 || group >= 70 && group <= 88 || group >= 90 && group <= 92 || group >= 94)
}

func nino(v []byte) bool {
	if strings.IndexByte("DFIQUV", v[0]) >= 0 || strings.IndexByte("DFIOQUV", v[1]) >= 0 || v[8] > 'D' {
		return false
	}
	switch string(v[:2]) {
	case "BG", "GB", "NK", "KN", "TN", "NT", "ZZ":
		return false
	}
	return true
}

func ppsn(v []byte) bool {
	total := sum(v[:7], []int{8, 7, 6, 5, 4, 3, 2})
	if len(v) == 9 && v[8] != 'W' {
		total += 9 * int(v[8]-'A'+1)
	}
	return v[7] == "WABCDEFGHIJKLMNOPQRSTUV"[total%23]
}

// nir is number and key modulo 97; the departments of Corsica count as 19 and 18.
func nir(v []byte) bool {
	if v[0] != '1' && v[0] != '2' || len(v) != 15 {
		return false
	}
	d := bytes.Clone(v)
	switch string(v[5:7]) {
	case "2A":
		copy(d[5:], "19")
	case "2B":
		copy(d[5:], "18")
	default:
		if !isDigit(v[6]) {
			return false
		}
	}
	month := number(d[3:5])
	return (month >= 1 && month <= 12 || month >= 20) && 97-number(d[:13])%97 == number(d[13:])
}

// iso11 is MOD 11,10 of ISO 7064.
func iso11(v []byte) bool {
	rest := 10
	for _, c := range v[:len(v)-1] {
		if rest = (rest + digit(c)) % 10; rest == 0 {
			rest = 10
		}
		rest = rest * 2 % 11
	}
	return (11-rest)%10 == digit(v[len(v)-1])
}

// steuerID has one digit twice or three times among its first ten, and all others once at most.
func steuerID(v []byte) bool {
	var times [10]int
	for _, c := range v[:10] {
		times[digit(c)]++
	}
	repeated := 0
	for _, n := range times {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return v[0] != '0' && repeated == 1 && iso11(v)
}

func rvnr(v []byte) bool {
	if len(v) != 12 || !dateAt(v[:8], 2, false) || isDigit(v[8]) {
		return false
	}
	letter := int(v[8]-'A') + 1
	all := append(append(bytes.Clone(v[:8]), byte('0'+letter/10), byte('0'+letter%10)), v[9:]...)
	total := 0
	for i, w := range []int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1} {
		n := w * digit(all[i])
		total += n/10 + n%10
	}
	return total%10 == digit(all[12])
}

func belgian(v []byte) bool {
	key := number(v[9:])
	return dateAt(v, 0, true) && (97-number(v[:9])%97 == key || 97-(2_000_000_000+number(v[:9]))%97 == key)
}

// pesel adds 20, 40, 60 or 80 to the month for the century.
func pesel(v []byte) bool {
	month, day := number(v[2:4])%20, number(v[4:6])
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// czechBirth adds 50 to the month of women, and 20 where a day's numbers were used up.
func czechBirth(v []byte) bool {
	month, day := number(v[2:4])%50, number(v[4:6])
	return (month >= 1 && month <= 12 || month >= 21 && month <= 32) && day >= 1 && day <= 31
}

func letter23(digits []byte, letter byte) bool {
	return "TRWAGMYFPDXBNJZSQVHLCKE"[number(digits)%23] == letter
}

func nie(v []byte) bool {
	first := strings.IndexByte("XYZ", v[0])
	return first >= 0 && len(v) == 9 && letter23(append([]byte{byte('0' + first)}, v[1:8]...), v[8])
}

func hetu(v []byte) bool {
	sign := v[6]
	if len(v) == 11 && strings.IndexByte("ABCDEFYXWVU", sign) < 0 {
		return false
	}
	d := append(bytes.Clone(v[:6]), v[len(v)-4:len(v)-1]...)
	return "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(d)%31] == v[len(v)-1]
}

func estonian(v []byte) bool {
	rest := sum(v, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 1}) % 11
	if rest == 10 {
		rest = sum(v, []int{3, 4, 5, 6, 7, 8, 9, 1, 2, 3}) % 11 % 10
	}
	return rest == digit(v[10])
}

func tckn(v []byte) bool {
	odd := sum(v, []int{1, 0, 1, 0, 1, 0, 1, 0, 1})
	even := sum(v, []int{0, 1, 0, 1, 0, 1, 0, 1})
	tenth := ((7*odd-even)%10 + 10) % 10
	return v[0] != '0' && tenth == digit(v[9]) && (odd+even+tenth)%10 == digit(v[10])
}

func snils(v []byte) bool {
	return sum(v, []int{9, 8, 7, 6, 5, 4, 3, 2, 1})%101%100 == number(v[9:])
}

func melli(v []byte) bool {
	rest := sum(v, []int{10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11
	if rest >= 2 {
		rest = 11 - rest
	}
	return rest == digit(v[9]) && !luhnSame(v)
}

// codiceFiscale has a check letter over values that differ by place.
func codiceFiscale(v []byte) bool {
	if strings.IndexByte("ABCDEHLMPRST", v[8]) < 0 {
		return false
	}
	odd := [36]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	total := 0
	for i, c := range v[:15] {
		switch n := digit(c); {
		case i%2 == 0:
			total += odd[n]
		case n >= 10:
			total += n - 10
		default:
			total += n
		}
	}
	return byte('A'+total%26) == v[15]
}

// pan tells by its fourth letter whose it is: P is a person's.
func pan(v []byte) bool { return v[3] == 'P' && v[9] >= 'A' }

func cn18(v []byte) bool {
	last := digit(v[17])
	if v[17] == 'X' {
		last = 10
	} else if last > 9 {
		return false
	}
	year := number(v[6:10])
	return v[0] != '0' && year >= 1880 && year < 2100 && dateAt(v, 8, true) && (sum(v, []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2})+last)%11 == 1
}

func taiwan(v []byte) bool {
	letter := strings.IndexByte("ABCDEFGHJKLMNPQRSTUVXYWZIO", v[0]) + 10
	return strings.IndexByte("1289", v[1]) >= 0 && (letter/10+letter%10*9+sum(v[1:], []int{8, 7, 6, 5, 4, 3, 2, 1, 1}))%10 == 0
}

func hkid(v []byte) bool {
	last := digit(v[7])
	if v[7] == 'A' {
		last = 10
	} else if last > 9 {
		return false
	}
	return (36*9+digit(v[0])*8+sum(v[1:], []int{7, 6, 5, 4, 3, 2})+last)%11 == 0
}

func nric(v []byte) bool {
	total := sum(v[1:], []int{2, 7, 6, 5, 4, 3, 2})
	switch v[0] {
	case 'S', 'T':
		return v[8] == "JZIHGFEDCBA"[(total+4*int((v[0]-'S')))%11]
	case 'F', 'G':
		return v[8] == "XWUTRQPNMLK"[(total+4*int((v[0]-'F')))%11]
	case 'M':
		return v[8] == "KLJNPQRTUWX"[10-(total+3)%11]
	}
	return false
}

// nik adds 40 to the day of birth of women.
func nik(v []byte) bool {
	day, month := number(v[6:8])%40, number(v[8:10])
	return day >= 1 && day <= 31 && month >= 1 && month <= 12 && v[0] != '0'
}

// korean: numbers given since October 2020 have no check digit.
func korean(v []byte) bool { return v[6] >= '1' && v[6] <= '8' }

func ird(v []byte) bool {
	if len(v) == 8 {
		v = append([]byte{'0'}, v...)
	}
	lacks := func(weights []int) int { return (11 - sum(v, weights)%11) % 11 }
	rest := lacks([]int{3, 2, 7, 6, 5, 4, 3, 2})
	if rest == 10 {
		rest = lacks([]int{7, 4, 3, 2, 5, 2, 7, 6})
	}
	return rest == digit(v[8])
}

func cpf(v []byte) bool {
	one := (11 - sum(v, []int{10, 9, 8, 7, 6, 5, 4, 3, 2})%11) % 11 % 10
	two := (11 - sum(v, []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2})%11) % 11 % 10
	return one == digit(v[9]) && two == digit(v[10]) && !luhnSame(v)
}

func rut(v []byte) bool {
	total := 0
	for i := range v[:len(v)-1] {
		total += digit(v[len(v)-2-i]) * (2 + i%6)
	}
	switch rest := (11 - total%11) % 11; v[len(v)-1] {
	case 'K':
		return rest == 10
	default:
		return rest == digit(v[len(v)-1])
	}
}

// curp has a check digit over values of letters among which Ñ has one.
func curp(v []byte) bool {
	if v[10] != 'H' && v[10] != 'M' && v[10] != 'X' || !dateAt(v[4:10], 0, true) || !isDigit(v[17]) {
		return false
	}
	total := 0
	for i, c := range v[:17] {
		n := digit(c)
		if n > 23 { // behind N
			n++
		}
		total += n * (18 - i)
	}
	return (10-total%10)%10 == digit(v[17])
}
