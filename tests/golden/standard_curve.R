# Writes standard_curve.json: R's lm on the standards of a real QuantStudio run, beside what the instrument printed.
# Run in this folder: Rscript standard_curve.R > standard_curve.json
suppressMessages(library(jsonlite))

lines <- readLines("../data/runs/appbio_quantstudio_example04.txt", warn = FALSE, encoding = "UTF-8")
start <- grep("^\\[Results\\]", lines)
table <- read.delim(text = lines[(start + 1):length(lines)], check.names = FALSE, stringsAsFactors = FALSE)
number <- function(text) suppressWarnings(as.numeric(gsub(",", "", text)))
standards <- table[table$Task == "STANDARD" & !is.na(number(table$CT)), ]
x <- log10(number(standards$Quantity))
y <- number(standards$CT)
fit <- lm(y ~ x)
slope <- unname(coef(fit)[2])
cat(toJSON(list(
  r = list(slope = slope, intercept = unname(coef(fit)[1]), r2 = summary(fit)$r.squared,
           efficiency_percent = 100 * (10^(-1 / slope) - 1), wells = length(y),
           slope_interval = unname(confint(fit)[2, ])),
  instrument = list(slope = number(standards$Slope[1]), intercept = number(standards[["Y-Intercept"]][1]),
                    r2 = number(standards[["R(superscript 2)"]][1]), efficiency_percent = number(standards$Efficiency[1]))
), digits = 12, auto_unbox = TRUE, pretty = TRUE), "\n")
