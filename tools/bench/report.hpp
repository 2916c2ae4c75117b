#pragma once
// tools/bench/report.hpp: measured figures against their yardsticks and targets, as a Markdown table or as JSON, with
// the facts of the machine.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class Bound { at_least, at_most };

/// What is held against a target: the value itself, or its ratio to a yardstick measured in the same run.
struct Figure {
    std::string name;  ///< In the JSON: "plain_http".
    std::string what;
    double value = 0;
    std::string unit;
    Bound bound = Bound::at_least;
    double target = 0;
    std::string yardstick_what;  ///< Empty: there is none.
    double yardstick = 0;        ///< In the same unit.

    [[nodiscard]] double judged() const { return yardstick_what.empty() ? value : value / yardstick; }
    [[nodiscard]] bool met() const { return bound == Bound::at_least ? judged() >= target : judged() <= target; }
};

/// Said beside the figures; has no target.
struct Note {
    std::string name, what;
    double value = 0;
    std::string unit;
};

/// Tells each line on standard error as it comes, because a run takes minutes.
class Report {
 public:
    void add(Note note);
    void add(Figure figure);
    /// Of the figure with this name, if it was measured in this run.
    [[nodiscard]] std::optional<double> value_of(std::string_view name) const;
    /// Date, version and machine, then the tables.
    [[nodiscard]] std::string markdown() const;
    [[nodiscard]] std::string json() const;

 private:
    std::vector<Figure> figures_;
    std::vector<Note> notes_;
};

}  // namespace bench
