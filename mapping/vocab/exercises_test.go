package vocab_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nutrigate/mapping/vocab"
)

func TestExerciseKey(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Running", "running"},
		{"functional_strength_training", "strength_training"},
		{"open_water_swimming", "swimming_open_water"},
		{"running (treadmill)", "treadmill_running"},
		{"Running, 6 mph (10 min mile)", "running"},
		{"Running, cross country", "running"},
		{"Running, on a track, team practice", "running_track"},
		{"Running, stairs, up", "stair_climbing"},
		{"Trail Running", "running_trail"},
		{"Running on Sand", "running_sand"},
		{"Indoor Running", "running_indoor"},
		{"Treadmill", "treadmill"},
		{"Treadmill, walking", "treadmill_walking"},
		{"Treadmill running, 7 mph", "treadmill_running"},
		{"Jogging", "jogging"},
		{"Jog/walk combination", "jogging"},
		{"Jogging with stroller", "jogging"},
		{"Sprints", "running"},
		{"Half Marathon", "running"},
		{"Walking", "walking"},
		{"walking - total time", "walking"},
		{"Walking, 2.0 mph, level, firm surface", "walking"},
		{"Walking, 2.5 mph", "walking"},
		{"Walking, 3.0 mph, moderate pace", "walking"},
		{"Walking, 3.5 mph", "walking"},
		{"Walking, 3.5 mph, brisk, level, firm surface", "walking_speed"},
		{"Walking, 4.0 mph, very brisk pace", "walking_speed"},
		{"Walking, 4 mph", "walking_speed"},
		{"Walking, 5 mph", "walking_speed"},
		{"Walking, 5.0 mph", "walking_speed"},
		{"Power walking", "walking_speed"},
		{"Race walking", "walking_speed"},
		{"Walking the dog", "walking_casual"},
		{"Dog walking", "walking_casual"},
		{"Walking, slow pace", "walking_casual"},
		{"Walking, pushing stroller", "walking_stroller"},
		{"Nordic Walking", "nordic_walking"},
		{"Walking, indoors", "walking_indoor"},
		{"Rucking", "walking"},
		{"Golf, walking", "golf"},
		{"Golf, driving range", "golf"},
		{"Disc golf", "disc_golf"},
		{"Hiking", "hiking"},
		{"Hiking, cross country", "hiking"},
		{"Backpacking", "hiking"},
		{"Climbing hills with 10 lb load", "hiking"},
		{"Orienteering", "orienteering"},
		{"Mountaineering", "mountaineering"},
		{"Cycling", "cycling"},
		{"biking", "cycling"},
		{"Bicycling, 12-14 mph, moderate effort", "cycling"},
		{"Bicycling, mountain", "cycling_mountain"},
		{"Bicycling, mountain, uphill, vigorous", "cycling_mountain"},
		{"Mountain Biking", "cycling_mountain"},
		{"Off-road biking", "cycling_mountain"},
		{"Bicycling, BMX", "cycling_bmx"},
		{"Bicycling, stationary, 100 watts", "cycling_stationary"},
		{"Cycling (stationary)", "cycling_stationary"},
		{"Stationary Bike", "cycling_stationary"},
		{"Indoor Cycling", "cycling_stationary"},
		{"Exercise bike", "cycling_stationary"},
		{"Peloton", "cycling_stationary"},
		{"Spin class", "cycling_spin"},
		{"Spinning", "cycling_spin"},
		{"Road Biking", "cycling_road"},
		{"Bicycling, on dirt or farm road", "cycling"},
		{"Gravel cycling", "cycling_gravel"},
		{"Bicycling, to/from work, self selected pace", "cycling_commute"},
		{"E-biking", "cycling_electric"},
		{"Electric bike", "cycling_electric"},
		{"E-Mountain Biking", "cycling_electric_mountain"},
		{"Hand cycling", "cycling_hand"},
		{"Unicycling", "cycling"},
		{"Recycling", "other"},
		{"Motorcycling", "motorcycling"},
		{"Motor scooter, motorcycle", "motorcycling"},
		{"Motocross", "motocross"},
		{"Enduro", "enduro"},
		{"Quad biking", "off_road_driving"},
		{"Go-karting", "motor_racing"},
		{"Driving", "driving"},
		{"Driving truck", "driving"},
		{"Swimming", "swimming"},
		{"Swimming laps", "swimming_pool"},
		{"Swimming, lap swimming, freestyle", "swimming_pool"},
		{"Swimming in pool", "swimming_pool"},
		{"Swimming, leisurely, not lap swimming, general", "swimming"},
		{"Swimming, backstroke", "swimming"},
		{"Swimming, lake, ocean, river", "swimming_open_water"},
		{"Open Water Swimming", "swimming_open_water"},
		{"Water aerobics", "water_aerobics"},
		{"Water jogging", "water_aerobics"},
		{"Aquafit", "water_aerobics"},
		{"Water polo", "water_polo"},
		{"Polo, on horseback", "polo"},
		{"Scuba Diving", "diving_scuba"},
		{"Diving", "diving"},
		{"Diving, springboard or platform", "diving_springboard"},
		{"Skydiving", "sky_diving"},
		{"Snorkeling", "snorkeling"},
		{"Fishing", "fishing"},
		{"Fishing from river bank and walking", "fishing"},
		{"Ice fishing, sitting", "fishing"},
		{"Rowing", "rowing"},
		{"Rowing machine", "rowing_machine"},
		{"Rowing, stationary ergometer, general", "rowing_machine"},
		{"Indoor rowing", "rowing_machine"},
		{"Throwing, indoor", "other"},
		{"Bent over rows", "strength_training"},
		{"Kayaking", "kayaking"},
		{"Canoeing", "canoeing"},
		{"Canoeing, rowing, 2.0-3.9 mph", "canoeing"},
		{"Stand Up Paddleboarding", "stand_up_paddleboarding"},
		{"Paddle boat", "paddling"},
		{"Whitewater rafting", "rafting"},
		{"Surfing", "surfing"},
		{"Surfing, body or board", "surfing"},
		{"Windsurfing", "windsurfing"},
		{"Kitesurfing", "kitesurfing"},
		{"Kite surfing", "kitesurfing"},
		{"Wakeboarding", "wakeboarding"},
		{"Wakesurfing", "wakesurfing"},
		{"Sailing", "sailing"},
		{"Sailing, boat/board, windsurfing, general", "sailing"},
		{"Boating, power", "power_boating"},
		{"Jet skiing", "jet_skiing"},
		{"Water skiing", "water_skiing"},
		{"Roller skiing", "roller_skiing"},
		{"Skiing", "skiing"},
		{"Skiing, general", "skiing"},
		{"Cross-country skiing", "skiing_cross_country"},
		{"Skiing, cross country, 2.5 mph", "skiing_cross_country"},
		{"Skiing, downhill, moderate effort", "skiing_downhill"},
		{"Alpine skiing", "skiing_downhill"},
		{"Back Country Skiing", "skiing_backcountry"},
		{"Ski machine, general", "ski_machine"},
		{"SkiErg", "ski_machine"},
		{"Biathlon", "biathlon"},
		{"Kite skiing", "kite_skiing"},
		{"Snowboarding", "snowboarding"},
		{"Snowshoeing", "snowshoeing"},
		{"Snowmobiling", "snowmobiling"},
		{"Sledding, tobogganing", "sledding"},
		{"Curling", "curling"},
		{"Biceps curls", "strength_training"},
		{"Ice skating", "ice_skating"},
		{"Skating, ice, general", "ice_skating"},
		{"Skateboarding", "skateboarding"},
		{"Rollerblading", "inline_skating"},
		{"Inline skating", "inline_skating"},
		{"Roller skating", "roller_skating"},
		{"Skating", "skating"},
		{"Skipping", "rope_jumping"},
		{"Rope skipping", "rope_jumping"},
		{"Rope jumping, fast pace", "rope_jumping"},
		{"Jump rope", "rope_jumping"},
		{"Football", "football"},
		{"Football, competitive", "football"},
		{"Football, touch, flag, general", "american_football"},
		{"American football", "american_football"},
		{"Australian football", "australian_football"},
		{"Gaelic football", "gaelic_football"},
		{"Football (soccer)", "soccer"},
		{"Soccer, casual, general", "soccer"},
		{"Rugby, union, team, competitive", "rugby"},
		{"Hockey", "hockey"},
		{"Hockey, ice", "ice_hockey"},
		{"Hockey, field", "field_hockey"},
		{"Cricket, batting, bowling", "cricket"},
		{"Softball, base running", "softball"},
		{"Baseball", "baseball"},
		{"Basketball, game", "basketball"},
		{"Handball, team", "handball"},
		{"Volleyball", "volleyball"},
		{"Volleyball, beach", "beach_volleyball"},
		{"Lacrosse", "lacrosse"},
		{"Ultimate Frisbee", "ultimate_frisbee"},
		{"Frisbee playing, general", "frisbee"},
		{"Dodgeball", "team_sport"},
		{"Tennis, singles", "tennis"},
		{"Table tennis, ping pong", "table_tennis"},
		{"Padel", "padel"},
		{"Paddle tennis", "racket_sport"},
		{"Pickleball", "pickleball"},
		{"Badminton", "badminton"},
		{"Squash", "squash"},
		{"Squats", "strength_training"},
		{"Racquetball", "racquetball"},
		{"Fencing", "fencing"},
		{"Archery", "archery"},
		{"Horseback riding, walking", "horseback_riding"},
		{"Horse racing, galloping", "horseback_riding"},
		{"Boxing, punching bag", "boxing"},
		{"Kickboxing", "kickboxing"},
		{"Xbox", "other"},
		{"Box jumps", "other"},
		{"Karate", "martial_arts"},
		{"Mixed Martial Arts", "mixed_martial_arts"},
		{"Tai chi, qi gong, general", "tai_chi"},
		{"Elliptical", "elliptical"},
		{"Elliptical trainer, moderate effort", "elliptical"},
		{"Stair climbing", "stair_climbing"},
		{"Stair-treadmill ergometer, general", "stair_machine"},
		{"StairMaster", "stair_machine"},
		{"Walking up stairs", "stair_climbing"},
		{"Strength training", "strength_training"},
		{"Weight lifting, general", "weightlifting"},
		{"Weight lifting, strength training", "strength_training"},
		{"Weightlifting", "weightlifting"},
		{"Clean and jerk", "weightlifting"},
		{"Walking lunges", "strength_training"},
		{"Kettlebell swings", "kettlebell"},
		{"Circuit training, including kettlebells", "circuit_training"},
		{"CrossFit", "crossfit"},
		{"HIIT", "hiit"},
		{"High Intensity Interval Training", "hiit"},
		{"Interval Training", "interval_training"},
		{"P90X", "p90x"},
		{"Calisthenics, push-ups, sit-ups", "calisthenics"},
		{"Push ups", "calisthenics"},
		{"Aerobics", "aerobics"},
		{"Aerobic, low impact", "aerobics"},
		{"Cardio", "cardio_training"},
		{"Zumba", "zumba"},
		{"Dancing", "dancing"},
		{"Ballet", "dancing"},
		{"Guidance", "other"},
		{"Yoga, Hatha", "yoga"},
		{"Pilates", "pilates"},
		{"Stretching, mild", "stretching"},
		{"Meditation", "meditation"},
		{"Guided Breathing", "breathing"},
		{"Gymnastics, general", "gymnastics"},
		{"Physical therapy", "physical_therapy"},
		{"Rock climbing", "rock_climbing"},
		{"Bouldering", "bouldering"},
		{"Climbing, indoor wall", "climbing_indoor"},
		{"Paragliding", "paragliding"},
		{"Hang gliding", "hang_gliding"},
		{"Hot air ballooning", "ballooning"},
		{"Flying a kite", "other"},
		{"Wheelchair, self propelled", "wheelchair"},
		{"Basketball, wheelchair", "basketball"},
		{"Triathlon", "triathlon"},
		{"Gardening, general", "gardening"},
		{"Mowing lawn", "gardening"},
		{"Raking leaves", "gardening"},
		{"Brake repair", "other"},
		{"Cleaning, house, general", "housework"},
		{"Cooking", "housework"},
		{"Sleeping", "other"},
		{"Snow shovelling", "other"},
		{"Mowing lawn, walk, power mower", "gardening"},
		{"Lawn bowling", "other"},
		{"Walk/run, playing with children", "walking"},
		{"Pushing a wheelchair, non-occupational", "walking"},
		{"Skiing, water or wakeboarding", "water_skiing"},
		{"Whitewater rafting, kayaking, or canoeing", "rafting"},
		{"Gym", "training"},
		{"Workout", "training"},
		{"Cross Training", "training"},
		{"Functional strength training", "strength_training"},
		{"Traditional Strength Training", "strength_training"},
		{"Indoor Run", "running_indoor"},
		{"Pool Swim", "swimming_pool"},
		{"Outdoor Walk", "walking"},
		{"Mixed Cardio", "cardio_training"},
		{"Hunting, deer", "hunting"},
		{"Coxswain seat polishing", "other"},
		{"Ποδηλασία", "other"},
	} {
		for _, name := range []string{c.name, strings.ToUpper(c.name), strings.ToLower(c.name)} {
			if got := vocab.ExerciseKey(name); got != c.want {
				t.Errorf("%q: got %s, want %s", name, got, c.want)
			}
		}
	}
}

func TestEveryExerciseRule(t *testing.T) {
	doc, err := os.ReadFile("exercises.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(doc)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	keys := vocab.ExerciseKeys()
	for i, c := range rows[1:] {
		key, pattern, source := c[0], c[1], c[2]
		if !slices.Contains(keys, key) || source == "" {
			t.Errorf("line %d: key %q unknown, or no source", i+2, key)
		}
		if pattern == "" || strings.ToLower(key) != key || strings.ContainsAny(key, " -") {
			t.Errorf("line %d: no pattern, or key %q is not lower snake case", i+2, key)
		}
	}
	t.Run("a key read as a name comes back as itself", func(t *testing.T) {
		// Only where the words of the key are a name that people write.
		for _, key := range []string{
			"running", "walking", "cycling", "swimming", "rowing", "hiking", "strength_training",
			"rock_climbing", "table_tennis", "ice_hockey", "beach_volleyball", "water_polo", vocab.OtherExercise,
		} {
			if got := vocab.ExerciseKey(strings.ReplaceAll(key, "_", " ")); got != key {
				t.Errorf("%s: got %s", key, got)
			}
		}
	})
	if n := len(keys); keys[n-1] != vocab.OtherExercise || len(slices.Compact(slices.Sorted(slices.Values(keys)))) != n {
		t.Errorf("keys are not unique, or %q is not the last: %v", vocab.OtherExercise, keys)
	}
}

// The patterns alone, in order, must give what ExerciseKey gives: the words
// that it looks for first only save time.
func TestExerciseKeyIsTheFirstPattern(t *testing.T) {
	doc, err := os.ReadFile("exercises.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(doc)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(rows[1:]).Draw(t, "rule")
		name := strings.ToLower(rapid.StringMatching(row[1]).Draw(t, "name"))
		want := vocab.OtherExercise
		for _, c := range rows[1:] {
			if regexp.MustCompile(c[1]).MatchString(name) {
				want = c[0]
				break
			}
		}
		if got := vocab.ExerciseKey(name); got != want {
			t.Fatalf("%q: got %s, want %s", name, got, want)
		}
	})
}

func BenchmarkExerciseKey(b *testing.B) {
	for b.Loop() {
		vocab.ExerciseKey("Bicycling, 12-14 mph, leisure, moderate effort")
	}
}
