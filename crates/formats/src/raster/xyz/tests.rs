//! Lists of a 4 × 3 grid in every spelling, and what is no grid.

use crate::raster::data_tests::{open_bytes, whole};

/// Columns 0…3 at 690800.5 + column, rows 0…2 at 5335800.5 + row, height 500 + column + 10 × row.
fn check(name: &str, text: &str) {
    let mut source = open_bytes(text.as_bytes()).unwrap();
    let frame = source.frame().clone();
    assert_eq!((frame.first, frame.cell), ([690_800.5, 5_335_800.5], [1.0, 1.0]), "{name}");
    assert_eq!((frame.columns, frame.rows), (4, 3), "{name}");
    let heights = whole(&mut *source);
    for row in 0..3 {
        for column in 0..4 {
            let height = heights.at([column, row]);
            let expected = 500.0 + column as f32 + 10.0 * row as f32;
            let hole = (column, row) == (2, 1);
            assert!(
                if hole { height.is_nan() } else { height == expected },
                "{name} {column} {row} {height}"
            );
        }
    }
}

fn lines(separator: &str) -> Vec<String> {
    let nodes = (0..3).flat_map(|row| (0..4).map(move |column| (column, row)));
    let nodes = nodes.filter(|node| *node != (2, 1));
    nodes
        .map(|(column, row)| {
            let (east, north, up) =
                (690_800.5 + f64::from(column), 5_335_800.5 + f64::from(row), 500 + column + 10 * row);
            format!("{east:.2}{separator}{north:.2}{separator}{up}.000")
        })
        .collect()
}

#[test]
fn every_spelling_and_order_is_understood() {
    for separator in [" ", "\t", ",", ";", "  ", ", ", " ; "] {
        check(separator, &lines(separator).join("\n"));
    }
    let plain = lines(" ");
    check("windows", &(plain.join("\r\n") + "\r\n\r\n"));
    check("titled", &format!("x y z\n{}", plain.join("\n")));
    check("titled by commas", &format!("\u{feff}X,Y,Z\n{}", lines(",").join("\n")));
    check("comments", &format!("# east north up\n{}", plain.join("\n")));
    check("more columns", &lines(" ").iter().map(|line| format!("{line} 2 17\n")).collect::<String>());
    check("hole by value", &format!("{}\n690802.5 5335801.5 -9999", plain.join("\n")));
    check("hole by word", &format!("{}\n690802.5 5335801.5 NaN", plain.join("\n")));
    let mut turned = plain.clone();
    turned.reverse();
    check("from the north", &turned.join("\n"));
    let mut shuffled = plain;
    shuffled.sort_by_key(|line| line.bytes().map(u32::from).sum::<u32>() % 7);
    check("shuffled", &shuffled.join("\n"));
}

#[test]
fn rounded_steps_of_a_third_are_a_grid() {
    // 1/3 m in millimetres: 0.000 0.333 0.667 1.000 …
    let text: String = (0..60)
        .flat_map(|column| (0..2).map(move |row| (column, row)))
        .map(|(column, row)| format!("{:.3} {:.3} {column}\n", f64::from(column) / 3.0, f64::from(row) / 3.0))
        .collect();
    let mut source = open_bytes(text.as_bytes()).unwrap();
    assert_eq!((source.frame().columns, source.frame().rows), (60, 2));
    assert!((source.frame().cell[0] - 1.0 / 3.0).abs() < 1e-4);
    assert_eq!(whole(&mut *source).at([59, 1]), 59.0);
}

#[test]
fn what_is_no_grid_is_refused_with_line_or_reason() {
    for (text, part) in [
        ("0 0 1\n1 0 1\n2 x 1\n", "at line 3: `x` is no number"),
        ("0 0 1\n1 0\n", "at line 2: it has fewer than three numbers"),
        ("690800,5;5335800,5;513,8\n", "decimals are written with a point"),
        ("690800,5,5335800,5,513,8\n", "decimals are written with a point"),
        ("0 0 1\n1 0 1\n2.5 1 1\n", "regular grid"),
        ("5 5 1\n", "make no grid"),
        ("0 0 1\n1 1 1\n1000000 1000000 1\n", "too scattered"),
        ("0 0 1\n1e-9 1 1\n1e9 2 1\n", "regular grid"),
        ("0 0 1\n1 1 inf\n", "`inf` is no number"),
    ] {
        let error = open_bytes(text.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
