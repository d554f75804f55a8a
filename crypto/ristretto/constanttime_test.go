//go:build amd64 && !purego

package ristretto

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// public are the functions that work on public data only: their addresses depend on it.
var public = []string{"bucketsAdd", "bucketsLoad"}

// vectorOps are the instructions on vectors that may touch a secret, those of the
// package comment. None moves anything out of a vector but to memory.
var vectorOps = []string{
	"vmovupd", "vmovapd", "vmovdqu", "vbroadcastsd", "vpbroadcastq", // moves
	"vpaddq", "vpsubq", "vpsllq", "vpsrlq", // integers
	"vpand", "vpor", "vpxor", "vandpd", "vxorpd", // bits
	"vpcmpeqq", "vpcmpgtq", "vblendvpd", // choices
	"vaddpd", "vsubpd", "vfmadd231pd", // doubles
	"vzeroupper",
}

// generalOps are the other instructions, each with what its operands must look like.
// Only pointers, the count and the digit are ever in a general register.
var generalOps = map[string]*regexp.Regexp{
	"mov":   regexp.MustCompile(`^(-?(0x)?[0-9a-f]+\(rsp\),r(di|si|dx|cx)|rdi,rsi|\w+\+\d+\(fp\),(di|si|dx|cx)|di,si|fs:0x[0-9a-f]+,r14|rsp,rbp)$`),
	"lea":   regexp.MustCompile(`^(0x|-)?[0-9a-fx]*(\w+<>\+\d+)?\((rsp|rip|sb|sp|rbx|bx|r?di|r?si|r?cx)\),(rbx|bx|r8|r9|r12|rbp)$`),
	"and":   regexp.MustCompile(`^\$(-32|0xffffffffffffffe0),(r?bx)$`),
	"dec":   regexp.MustCompile(`^r?cx$`),
	"jne":   regexp.MustCompile(``), // only after dec
	"vmovq": regexp.MustCompile(`^r?cx,x(mm)?\d+$`),
	"call":  regexp.MustCompile(`(multiply|square|multiplyStore)`),
	"ret":   regexp.MustCompile(``),
	// Of the assembler: the check of the stack's size, the frame, and padding.
	"cmp": regexp.MustCompile(`^0x10\(r14\),r(sp|12)$`), "jbe": regexp.MustCompile(``), "jmp": regexp.MustCompile(``), "nop": regexp.MustCompile(``), "int3": regexp.MustCompile(``),
	"push": regexp.MustCompile(`^rbp$`), "pop": regexp.MustCompile(`^rbp$`), "sub": regexp.MustCompile(`,rsp$`), "add": regexp.MustCompile(`,rsp$`),
}

var (
	indexed = regexp.MustCompile(`\(\w*,|\)\(`)
	bases   = regexp.MustCompile(`^r?(di|si|dx|cx|bx|8|9|sp|ip)$|^(sb|fp)$`)
	within  = regexp.MustCompile(`\((\w+)\)`)
)

// An instruction is one of the assembly, or of a disassembly, in lower case and
// without the signs that name registers.
type instruction struct{ op, args string }

// checkConstantTime reports what may depend on a secret: a branch that is not the
// loop's, an address that is more than a pointer and a constant, an instruction
// that is not among those that are relied on.
func checkConstantTime(t *testing.T, function string, code []instruction) {
	t.Helper()
	for i, in := range code {
		rule, general := generalOps[in.op]
		switch {
		case slices.Contains(vectorOps, in.op):
			for _, m := range within.FindAllStringSubmatch(in.args, -1) {
				if !bases.MatchString(m[1]) {
					t.Errorf("%s: %s %s: an address by %s", function, in.op, in.args, m[1])
				}
			}
		case !general:
			t.Errorf("%s: %s %s is not relied on", function, in.op, in.args)
		case !rule.MatchString(in.args):
			t.Errorf("%s: %s %s", function, in.op, in.args)
		case in.op == "jne" && (i == 0 || code[i-1].op != "dec"):
			t.Errorf("%s: a branch that is not the loop's", function)
		case in.op == "jbe" && (i == 0 || code[i-1].op != "cmp"):
			t.Errorf("%s: a branch that is not the stack check's", function)
		}
		if indexed.MatchString(in.args) {
			t.Errorf("%s: %s %s: an address with an index", function, in.op, in.args)
		}
	}
}

// TestAssemblyIsConstantTime reads the assembly as the assembler does.
func TestAssemblyIsConstantTime(t *testing.T) {
	data, err := os.ReadFile("quad_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string][]instruction{}
	name := ""
	suffix := map[string]string{"movq": "mov", "leaq": "lea", "andq": "and", "decq": "dec", "jnz": "jne"}
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		line := strings.TrimSpace(sc.Text())
		if head, ok := strings.CutPrefix(line, "TEXT ·"); ok {
			name = strings.TrimRight(head[:strings.Index(head, "(")], "<>")
			continue
		}
		if line == "" || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#") || strings.HasSuffix(line, ":") ||
			strings.HasPrefix(line, "DATA") || strings.HasPrefix(line, "GLOBL") {
			continue
		}
		op, args, _ := strings.Cut(strings.ToLower(line), " ")
		if s, ok := suffix[op]; ok {
			op = s
		}
		functions[name] = append(functions[name], instruction{op, strings.ReplaceAll(args, " ", "")})
	}
	for _, f := range public {
		if _, ok := functions[f]; !ok {
			t.Errorf("%s is gone", f)
		}
		delete(functions, f)
	}
	if len(functions) < 15 {
		t.Fatalf("%d functions", len(functions))
	}
	for f, code := range functions {
		for i := range code {
			if code[i].op == "call" {
				code[i].args = strings.ReplaceAll(code[i].args, "multiplystore", "multiply")
			}
		}
		checkConstantTime(t, f, code)
	}
}

// TestDisassemblyIsConstantTime reads what the linker made of it.
func TestDisassemblyIsConstantTime(t *testing.T) {
	if _, err := exec.LookPath("objdump"); err != nil || testing.Short() {
		t.Skip("no objdump: binutils disassemble what Go's own disassembler cannot")
	}
	exe := filepath.Join(t.TempDir(), "ristretto.test")
	for _, a := range [][]string{{"test", "-c", "-o", exe, "."}} {
		if out, err := exec.Command("go", a...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	symbols, err := exec.Command("nm", "-S", exe).Output()
	if err != nil {
		t.Fatal(err)
	}
	symbol := regexp.MustCompile(`(?m)^([0-9a-f]+) ([0-9a-f]+) [tT] github\.com/\S*/crypto/ristretto\.(\w+)(\.abi0)?$`)
	line := regexp.MustCompile(`^\s+[0-9a-f]+:\s+(\S+)\s*([^#]*)`)
	seen := 0
	for _, m := range symbol.FindAllStringSubmatch(string(symbols), -1) {
		if name := m[3]; m[4] == "" && !slices.Contains([]string{"multiply", "square", "multiplyStore"}, name) || slices.Contains(public, name) {
			continue
		}
		var from, size uint64
		if _, err := fmt.Sscanf(m[1]+" "+m[2], "%x %x", &from, &size); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command("objdump", "-d", "--no-show-raw-insn", fmt.Sprintf("--start-address=%#x", from), fmt.Sprintf("--stop-address=%#x", from+size), exe).Output()
		if err != nil {
			t.Fatal(err)
		}
		var code []instruction
		for l := range strings.SplitSeq(string(text), "\n") {
			if in := line.FindStringSubmatch(l); in != nil {
				op := strings.TrimSuffix(strings.ToLower(in[1]), "q")
				if slices.Contains(vectorOps, in[1]) || in[1] == "vmovq" {
					op = in[1]
				}
				code = append(code, instruction{op, strings.ReplaceAll(strings.TrimSpace(in[2]), "%", "")})
			}
		}
		if len(code) < 10 {
			t.Errorf("%s: %d instructions", m[3], len(code))
		}
		// The call of the runtime that makes the stack larger ends the function.
		for i := len(code) - 1; i > 0 && i > len(code)-4; i-- {
			if code[i].op == "call" && strings.Contains(code[i].args, "morestack") {
				code = code[:i]
			}
		}
		checkConstantTime(t, m[3], code)
		seen++
	}
	if seen < 15 {
		t.Errorf("%d functions", seen)
	}
}

// TestCheckNotices makes sure that the check would see what it looks for.
func TestCheckNotices(t *testing.T) {
	for _, in := range []instruction{
		{"vpmuludq", "ymm1,ymm2,ymm3"}, {"vmovupd", "(rdi,rax,8),ymm1"}, {"vmovupd", "(di)(ax*8),y1"}, {"vmovupd", "(rax),ymm1"},
		{"jne", "1000"}, {"vmovmskpd", "ymm1,eax"}, {"vmovq", "xmm1,rax"}, {"mov", "(rdi),rax"}, {"vdivpd", "ymm1,ymm2,ymm3"}, {"call", "1000 <other>"},
	} {
		sub := &testing.T{}
		checkConstantTime(sub, "f", []instruction{in})
		if !sub.Failed() {
			t.Errorf("%s %s is taken", in.op, in.args)
		}
	}
}

var dudect = flag.Int("dudect", 0, "measurements of multiplication by a fixed and by random scalars")

// TestDudect compares how long multiplications by one fixed scalar take with those by
// random ones (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?"):
// Welch's t over the measurements below each of several percentiles must stay below
// 4.5. -dudect 1000000 takes five minutes of a core.
func TestDudect(t *testing.T) {
	if *dudect == 0 {
		t.Skip("runs on demand: -dudect 1000000")
	}
	needQuads(t)
	var zero, one, small scalar.Scalar
	one.SetUint64(1)
	small.SetUint64(0x8888_8888)
	large := edgeScalars(t)
	for name, fixed := range map[string]*scalar.Scalar{"zero": &zero, "one": &one, "small": &small, "large": &large[len(large)-1]} {
		t.Run("one scalar for all, "+name, func(t *testing.T) {
			p := newQuads(4)
			p.uniform(randomBytes(4 * UniformSize))
			welch(t, fixed, func(k *scalar.Scalar) { p.mul(k) })
		})
		t.Run("a scalar each, "+name, func(t *testing.T) {
			p, ks := newQuads(4), make([]scalar.Scalar, 4)
			p.uniform(randomBytes(4 * UniformSize))
			base := Generator()
			welch(t, fixed, func(k *scalar.Scalar) {
				for i := range ks {
					ks[i].Set(k)
				}
				p.addMul(base, ks, false)
			})
		})
	}
}

func welch(t *testing.T, fixed *scalar.Scalar, run func(k *scalar.Scalar)) {
	t.Helper()
	n := *dudect
	const block = 512
	times := [2][]float64{make([]float64, 0, n), make([]float64, 0, n)}
	for len(times[0])+len(times[1]) < n {
		ks, classes := randomScalars(t, block), randomBytes(block)
		for i := range ks {
			if classes[i]&1 == 0 {
				ks[i].Set(fixed)
			}
		}
		for i := range ks {
			start := time.Now()
			run(&ks[i])
			d := time.Since(start)
			c := classes[i] & 1
			times[c] = append(times[c], float64(d.Nanoseconds()))
		}
	}
	all := slices.Sorted(slices.Values(slices.Concat(times[0], times[1])))
	worst := 0.0
	for _, share := range []float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1} {
		below := all[int(share*float64(len(all)-1))]
		var mean, variance, count [2]float64
		for c := range times {
			for _, x := range times[c] {
				if x <= below {
					count[c]++
					d := x - mean[c]
					mean[c] += d / count[c]
					variance[c] += d * (x - mean[c])
				}
			}
			variance[c] /= count[c] - 1
		}
		s := math.Abs(mean[0]-mean[1]) / math.Sqrt(variance[0]/count[0]+variance[1]/count[1])
		worst = max(worst, s)
	}
	t.Logf("%d measurements, median %.0f ns, t = %.2f", len(all), all[len(all)/2], worst)
	if worst > 4.5 {
		t.Errorf("t = %.2f: fixed and random scalars are told apart", worst)
	}
}
