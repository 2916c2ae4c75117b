#include "tools/bench/report.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

namespace bench {
namespace {

namespace json = boost::json;

std::string number(double value, const std::string& unit) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), value < 10 ? "%.2f" : "%.0f", value);
    return unit.empty() ? text.data() : std::string(text.data()) + " " + unit;
}

std::string target_text(const Figure& figure) {
    const bool is_ratio = !figure.yardstick_what.empty();
    return (figure.bound == Bound::at_least ? "at least " : "at most ") +
           number(figure.target, is_ratio ? "" : figure.unit);
}

/// The value after ':' in the first line of `file` that begins with `key`.
std::string line_of(const char* file, std::string_view key) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(key)) continue;
        const auto at = line.find_first_not_of(" \t", line.find(':') + 1);
        return at == line.npos ? "" : line.substr(at);
    }
    return "unknown";
}

struct Machine {
    std::string date, processor, memory, kernel;
    unsigned cores = std::thread::hardware_concurrency();
};

Machine this_machine() {
    std::array<char, 32> date{};
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    std::strftime(date.data(), date.size(), "%Y-%m-%d", ::gmtime_r(&now, &utc));
    utsname system{};
    ::uname(&system);
    return {date.data(), line_of("/proc/cpuinfo", "model name"), line_of("/proc/meminfo", "MemTotal"), system.release};
}

}  // namespace

void Report::add(Note note) {
    std::fprintf(stderr, "%s: %s\n", note.what.c_str(), number(note.value, note.unit).c_str());
    notes_.push_back(std::move(note));
}

void Report::add(Figure figure) {
    std::string line = figure.what + ": " + number(figure.value, figure.unit);
    if (!figure.yardstick_what.empty()) {
        line += "; " + figure.yardstick_what + ": " + number(figure.yardstick, figure.unit) + "; ratio " +
                number(figure.judged(), "");
    }
    std::fprintf(stderr, "%s (%s: %s)\n", line.c_str(), target_text(figure).c_str(), figure.met() ? "met" : "missed");
    figures_.push_back(std::move(figure));
}

std::optional<double> Report::value_of(std::string_view name) const {
    const auto found = std::ranges::find(figures_, name, &Figure::name);
    if (found == figures_.end()) return std::nullopt;
    return found->value;
}

std::string Report::markdown() const {
    const Machine machine = this_machine();
    std::string text = "Measured on " + machine.date + " with version " ACTLEDGER_VERSION ": " + machine.processor +
                       ", " + std::to_string(machine.cores) + " cores, " + machine.memory + " memory, Linux " +
                       machine.kernel + ". The load generator runs on the same cores.\n\n" +
                       "| what | yardstick of the same run | figure | ratio | target | |\n|---|---|---|---|---|---|\n";
    for (const Figure& figure : figures_) {
        const bool is_ratio = !figure.yardstick_what.empty();
        text += "| " + figure.what + " | " +
                (is_ratio ? figure.yardstick_what + ": " + number(figure.yardstick, figure.unit) : "") + " | " +
                number(figure.value, figure.unit) + " | " + (is_ratio ? number(figure.judged(), "") : "") + " | " +
                target_text(figure) + " | " + (figure.met() ? "met" : "**missed**") + " |\n";
    }
    text += "\n| besides | |\n|---|---|\n";
    for (const Note& note : notes_) text += "| " + note.what + " | " + number(note.value, note.unit) + " |\n";
    return text;
}

std::string Report::json() const {
    const Machine machine = this_machine();
    json::array figures;
    for (const Figure& figure : figures_) {
        json::object entry{{"name", figure.name},
                           {"what", figure.what},
                           {"value", figure.value},
                           {"unit", figure.unit},
                           {"bound", figure.bound == Bound::at_least ? "at_least" : "at_most"},
                           {"target", figure.target},
                           {"met", figure.met()}};
        if (!figure.yardstick_what.empty()) {
            entry["yardstick_what"] = figure.yardstick_what;
            entry["yardstick"] = figure.yardstick;
            entry["ratio"] = figure.judged();
        }
        figures.push_back(std::move(entry));
    }
    json::object notes;
    for (const Note& note : notes_) {
        notes[note.name] = json::object{{"what", note.what}, {"value", note.value}, {"unit", note.unit}};
    }
    const json::object whole{{"date", machine.date},
                             {"version", ACTLEDGER_VERSION},
                             {"machine", json::object{{"processor", machine.processor},
                                                      {"cores", machine.cores},
                                                      {"memory", machine.memory},
                                                      {"kernel", machine.kernel}}},
                             {"figures", std::move(figures)},
                             {"notes", std::move(notes)}};
    return json::serialize(whole) + "\n";
}

}  // namespace bench
