/// Rows of cells, written in columns that are as wide as their widest cell.
package struct TextTable {
    private let titles: [String]
    private var rows: [[String]] = []

    package init(_ titles: String...) {
        self.titles = titles
    }

    /// Cells beyond the titles are dropped, missing ones are empty.
    package mutating func add(_ cells: [String]) {
        rows.append(titles.indices.map { $0 < cells.count ? Self.printable(cells[$0]) : "" })
    }

    /// The lines without their ends; the first holds the titles.
    package var lines: [String] {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let line = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// No text of a server may steer the terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
